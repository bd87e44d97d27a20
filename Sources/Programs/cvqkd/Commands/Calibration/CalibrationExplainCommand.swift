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

    @OptionGroup var statement: StatementOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let keeper = RecordKeeper(store)
        let station = try keeper.station()
        let contents = try keeper.contents()
        let stored = try RecordKeeper.record(record.record, contents)
        let signed = try keeper.keep(
            contents.explanation(
                of: stored, because: statement.reason, by: StoreOptions.operatorName(statement.operator, station),
                at: station.name,
                program: CVQKD.nameAndVersion, now: Date()))
        let quantities = (signed.record.explains ?? []).map(\.quantity).joined(separator: ", ")
        try Output.show(
            "\(quantities) of \(stored.shortName): explained by \(signed.shortName)",
            json: DossierDocument(signed), if: output.json)
    }
}
