import ArgumentParser
import CalibrationRecords
import CalibrationReport
import Foundation
import NodeReports

struct CalibrationReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes a record as one HTML page with plots, for the screen and for paper.",
        discussion: """
            The page needs nothing else: no network, no script. It says how signature and chain were verified when it \
            was written.

            EXAMPLE:
              cvqkd calibration report 3f2a --output report.html
            """)

    @OptionGroup var record: RecordArgument

    @Option(name: [.long, .customShort("o")], help: "File to write. Default: standard output.", completion: .file())
    var output: String?

    @Flag(help: "Overwrite the file.")
    var force = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if format.json, output == nil { throw ValidationError("--json describes the file: give --output.") }
    }

    func run() async throws {
        let contents = try store.calibrations.contents()
        let stored = try contents.record(named: record.record)
        let page = CalibrationReport(stored, contents, written: Date()).html
        guard let output else { return try Output.document(page + "\n") }
        let data = Data(page.utf8)
        try AtomicFile.write(data, to: output, replacing: force)
        try Output.show(
            "\(output): \(data.count) bytes",
            json: RecordPageDocument(record: stored.name, output: output, bytes: data.count), if: format.json)
    }
}
