import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import NodeReports
import ReadableText

struct CalibrationCompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compares a calibration with the dossier of the installation: loss, V_on per power, η, V_A.",
        discussion: """
            Without --with, the newest dossier of the same units is taken. With it, any record will do: the one before a \
            maintenance, for example. Each change comes with its σ and is judged by limits.

            EXAMPLES:
              cvqkd calibration compare 3f2a
              cvqkd calibration compare 3f2a --with 91bc --json
            """)

    @Argument(help: "The later record: its name, or the beginning of it.")
    var record: String

    @Option(help: ArgumentHelp("The record to compare with. Default: the newest dossier.", valueName: "record"))
    var with: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let contents = try RecordKeeper(store).contents()
        let later = try RecordKeeper.record(record, contents)
        guard
            let dossier = try with.map({ try RecordKeeper.record($0, contents) })
                ?? contents.dossier(for: later)
        else {
            let units = later.record.units.map(\.serial)
            let serials = units.sorted().joined(separator: ", ")
            throw CommandFailure(
                .notFound,
                "there is no dossier of \(serials). \(SuggestedCommand(making: .commissioning, of: units)) makes one; --with names any other record"
            )
        }
        let document = DossierComparisonDocument(dossier: dossier, later: later)
        try Output.show(document.text, json: document, if: output.json)
        guard !document.differences.isEmpty else {
            throw CommandFailure(.inconclusive, "the two records have no quantity in common")
        }
        guard document.outcome != .fail else {
            throw CommandFailure(
                .outsideLimits, "what was commissioned has changed: \(document.failed.joined(separator: ", "))")
        }
    }
}

extension DossierComparisonDocument {
    /// For people.
    var text: Page {
        var table = Table([
            .init("QUANTITY", wraps: true), .init("THEN", .right, .useful), .init("NOW", .right),
            .init("CHANGE", .right), .init("Z", .right), .init("LIMIT", .right, .useful), .init("OUTCOME"),
        ])
        for difference in differences {
            let (scale, unit) = difference.changeUnit == "1" ? (100.0, "%") : (1, difference.changeUnit)
            table.rows.append([
                QuantityName.words(difference.quantity), Self.text(difference.before, difference.unit),
                Self.text(difference.now, difference.unit),
                NumberText.estimate(
                    difference.change * scale, sigma: (difference.sigma ?? .nan) * scale, unit: unit),
                difference.significance.map { String(format: "%+.1f", $0) } ?? "–",
                "± \(NumberText.stated((difference.limits.maximum ?? .nan) * scale)) \(unit)",
                difference.outcome.rawValue,
            ])
        }
        return "\(later.prefix(12)) against \(dossier.prefix(12))\n\(table)"
    }

    private static func text(_ value: Double, _ unit: String) -> String {
        let unit = NumberText.unit(unit)
        return NumberText.significant(value) + (unit.isEmpty ? "" : " \(unit)")
    }
}
