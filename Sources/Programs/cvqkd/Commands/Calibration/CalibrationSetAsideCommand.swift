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

    @Option(help: ArgumentHelp("What was found out about it.", valueName: "text"))
    var reason: String

    @Option(help: ArgumentHelp("Who says so. Default: the station's operator, or the user.", valueName: "name"))
    var `operator`: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !reason.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty, reason.count <= 2000 else {
            throw ValidationError("--reason says what was found out, in 1 to 2000 characters.")
        }
    }

    func run() async throws {
        let station = try store.calibrations.station()
        let (finding, statement) = try store.calibrations.setAside(
            name, because: reason, by: StoreOptions.operatorName(`operator`, station), program: CVQKD.nameAndVersion,
            now: Date())
        try Output.show(
            "\(finding.name): set aside by \(statement.shortName)", json: DossierDocument(statement), if: output.json)
    }
}
