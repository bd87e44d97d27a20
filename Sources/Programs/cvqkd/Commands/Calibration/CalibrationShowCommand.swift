import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows one record: results with uncertainties, limits and sources.",
        discussion: """
            EXAMPLES:
              cvqkd calibration show 3f2a
              cvqkd calibration show 3f2a --json | jq .record.rawSums
            """)

    @OptionGroup var record: RecordArgument
    @OptionGroup var store: StoreOptions
    @OptionGroup var trust: PinOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let contents = try store.calibrations(trust).contents()
        let stored = try contents.record(named: record.record)
        let document = RecordShowDocument(stored, in: contents, now: Date())
        var sheet = Sheet()
        sheet.add("record", stored.name)
        sheet.add("procedure", stored.record.procedure.rawValue)
        for unit in stored.record.units {
            sheet.add(
                unit.role,
                "\(unit.serial)  \(unit.model), firmware \(unit.firmware)\(unit.emulated ? ", EMULATED" : "")")
        }
        sheet.add("began", stored.record.started.formatted(.iso8601))
        sheet.add("ended", stored.record.ended.formatted(.iso8601))
        sheet.add("chain", "number \(stored.record.sequence) of \(stored.chain)")
        sheet.add("signed by", "\(stored.signer), key \(document.summary.fingerprint)")
        for remark in document.summary.remarks { sheet.add("note", remark) }
        sheet.add("holds", document.summary.stateText)
        for change in contents.changes(of: stored) {
            sheet.add(change.explanation == nil ? "CHANGED" : "changed, explained", change.sentence)
        }
        try Output.show(
            sheet.text + "\n\n" + CalibrationTable.text(stored.record),
            json: document, if: output.json)
    }
}
