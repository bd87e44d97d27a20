import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares two records: each result, with the difference in units of the combined σ.",
        discussion: """
            The two are taken as independent. A result that both took from the same import or statement is not: its \
            difference says nothing about statistics.

            EXAMPLE:
              cvqkd calibration diff 3f2a 91bc
            """)

    @Argument(help: "The older record: its name, or the beginning of it.")
    var first: String

    @Argument(help: "The newer one.")
    var second: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let contents = try store.calibrations.contents()
        let (old, new) = (try contents.record(named: first), try contents.record(named: second))
        let difference = RecordDifference(old, new, in: contents, now: Date())
        try Output.show(difference.text, json: difference, if: output.json)
    }
}
