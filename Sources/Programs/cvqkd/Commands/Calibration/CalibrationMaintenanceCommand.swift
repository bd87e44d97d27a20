import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import LocalUnits
import NodeReports
import UnitControl
import UnitProtocol
import UnitTransport

struct CalibrationMaintenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Notes that somebody worked on a unit: its calibrations are due from then on.",
        discussion: """
            The note is a signed record in the unit's chain. What was measured before it may not hold; 'calibration compare' \
            with the record before it says what changed.

            EXAMPLE:
              cvqkd calibration maintenance B-0001 --note "cleaned the signal connector" --operator kim
            """)

    @OptionGroup var unit: UnitArgument

    @Option(help: ArgumentHelp("What was done.", valueName: "text"))
    var note: String

    @Option(help: ArgumentHelp("Who did it. Default: the station's operator, or the user.", valueName: "name"))
    var `operator`: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !note.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty, note.count <= 2000 else {
            throw ValidationError("--note says what was done, in 1 to 2000 characters.")
        }
    }

    func run() async throws {
        let keeper = RecordKeeper(store)
        let station = try keeper.station()
        let identity = try await LocalUnitFinder(task: "calibration maintenance")
            .withUnit(unit.unit, access: .observe) { unit in unit.identity }
        let record = CalibrationRecord(
            maintenance: note, of: CalibrationRecord.UnitDescription(identity),
            by: StoreOptions.operatorName(`operator`, station), at: station.name, program: CVQKD.nameAndVersion,
            now: Date())
        let stored = try keeper.keep(record)
        try Output.show(
            "noted as \(stored.shortName); calibrations of \(identity.serial) are due, and no key is made before",
            json: DossierDocument(stored), if: output.json)
    }
}
