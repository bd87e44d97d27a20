import ArgumentParser
import CalibrationRecords
import Foundation

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
    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        let records: [RecordSummary]
        let findings: [FindingDocument]
    }

    func run() async throws {
        let contents = try store.calibrations.contents()
        let now = Date()
        let records = contents.records.filter { stored in unit.map { stored.concerns($0) } ?? true }
        let document = Document(
            records: records.map { RecordSummary($0, in: contents, now: now) },
            findings: contents.findings.map(FindingDocument.init))
        var table = Table([
            .init("RECORD"), .init("UNITS"), .init("PROCEDURE"), .init("NO", .right), .init("ENDED"), .init("OUTCOME"),
            .init("HOLDS"), .init("REMARK"),
        ])
        table.rows = document.records.map { record in
            [
                String(record.name.prefix(12)), record.units.joined(separator: " + "), record.procedure,
                "\(record.sequence)", record.ended.formatted(.iso8601), record.outcome, record.stateText,
                record.emulated ? "EMULATED" : "",
            ]
        }
        let text = table.rows.isEmpty ? "no records in \(store.folder.path)" : table.text
        try Output.show(text, json: document, if: output.json)
        guard !output.json, !document.findings.isEmpty else { return }
        for finding in document.findings { Output.note(finding.line) }
    }
}
