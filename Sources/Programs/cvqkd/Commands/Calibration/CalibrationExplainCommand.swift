import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explains what has changed by more than 3 σ since the commissioning, signed by the station.",
        discussion: """
            A new calibration takes over what it finds. A change since the commissioning is therefore a finding, in \
            'calibration due' and in the report of each session, until a person says what it is. Where T has risen, Alice \
            may send more than she was characterised for: no key is made, and the power at her output is to be measured first.

            Later calibrations are compared with the value that was explained.

            EXAMPLE:
              cvqkd calibration explain 3f2a --reason "new splice at km 4, OTDR of 12 November"
            """)

    @OptionGroup var record: RecordArgument

    @Option(help: ArgumentHelp("What changed, and how that is known.", valueName: "text"))
    var reason: String

    @Option(help: ArgumentHelp("Who says so. Default: the station's operator, or the user.", valueName: "name"))
    var `operator`: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !reason.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty, reason.count <= 2000 else {
            throw ValidationError("--reason says what changed, in 1 to 2000 characters.")
        }
    }

    func run() async throws {
        let keeper = RecordKeeper(store)
        let station = try keeper.station()
        let contents = try keeper.contents()
        let stored = try RecordKeeper.record(record.record, contents)
        let statement = try keeper.keep(
            contents.explanation(
                of: stored, because: reason, by: StoreOptions.operatorName(`operator`, station), at: station.name,
                program: CVQKD.nameAndVersion, now: Date()))
        let quantities = (statement.record.explains ?? []).map(\.quantity).joined(separator: ", ")
        try Output.show(
            "\(quantities) of \(stored.shortName): explained by \(statement.shortName)",
            json: DossierDocument(statement), if: output.json)
    }
}
