import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationSetAsideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-aside",
        abstract: "Sets damage of the store aside, by name and with a reason, signed by the station.",
        discussion: """
            Damage in a store refuses key for every unit and link, because changed bytes do not say whose they were. \
            'cvqkd calibration verify' names it. A file from a backup is better. What may have been the newest record of a \
            unit cannot be set aside before that unit is calibrated again.

            EXAMPLE:
              cvqkd calibration set-aside 3f2a9c04d1b7 --reason "disk error of 12 November, block 8841"
            """)

    @Argument(help: "Name of the damaged file, or the beginning of it, as 'cvqkd calibration verify' prints it.")
    var name: String

    @OptionGroup var statement: StatementOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let station = try store.calibrations.station()
        let (finding, signed) = try store.calibrations.setAside(
            name, because: statement.reason, by: StoreOptions.operatorName(statement.operator, station),
            program: CVQKD.nameAndVersion,
            now: Date())
        try Output.show(
            "\(finding.name): set aside by \(signed.shortName)", json: DossierDocument(signed), if: output.json)
    }
}
