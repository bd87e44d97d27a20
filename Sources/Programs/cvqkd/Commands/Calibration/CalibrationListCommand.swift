import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the records: unit, procedure, when, outcome, until when they hold.",
        discussion: """
            Whether the unit's conditions still are those of the record is not looked at here. Records of a pair are \
            listed for both units; they are in Bob's chain. Damaged files are named on standard error.

            EXAMPLES:
              cvqkd calibration list
              cvqkd calibration list --unit B-0001 --json
            """)

    @Option(help: ArgumentHelp("Only records that concern this unit.", valueName: "serial"))
    var unit: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var trust: PinOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let contents = try store.calibrations(trust).contents()
        let document = RecordListDocument(contents, concerning: unit, now: Date())
        var table = Table([
            .init("RECORD"), .init("UNITS", wraps: true), .init("PROCEDURE"), .init("NO", .right, .detail),
            .init("ENDED", .left, .useful), .init("OUTCOME"), .init("HOLDS", wraps: true), .init("REMARK", wraps: true),
        ])
        table.rows = document.records.map { record in
            [
                String(record.name.prefix(12)), record.units.joined(separator: " + "), record.procedure,
                "\(record.sequence)", record.ended.formatted(.iso8601), record.outcome, record.stateText,
                record.emulated ? "EMULATED" : "",
            ]
        }
        let text: Page = table.rows.isEmpty ? "no records in \(store.folder.path)" : table.text
        try Output.show(text, json: document, if: output.json)
        guard !output.json, !document.findings.isEmpty else { return }
        for finding in document.findings { Output.note("\(finding.line)") }
    }
}
