import ArgumentParser
import LocalUnits
import NodeDoctor
import NodeReports
import UnitTransport

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for what keeps units from working on this machine, and says the command that mends it.",
        discussion: """
            Only reads: it changes nothing and opens no unit. With a unit, only what concerns this unit and the \
            machine is said. Exits with 0 if nothing fails (there may be warnings), with 1 if something does; with \
            --strict a warning counts as a failure.

            EXAMPLES:
              cvqkd doctor
              cvqkd doctor NOVA-B-0001
              cvqkd doctor --json | jq -r '.findings[] | select(.state == "failure") | .repair'
            """)

    @Argument(help: "usb:SERIAL, serial:/dev/PATH, or SERIAL; all units if left out.", transform: Selectors.read)
    var unit: UnitSelector?

    @Flag(help: "Warnings too make the exit code 1.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "Print the udev rules that this build carries, instead of looking for anything.", valueName: "file"))
    var printRules: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let printRules, CarriedRules.text(printRules) == nil {
            let names = CarriedRules.files.map(\.name).joined(separator: ", ")
            throw ValidationError("--print-rules knows \(names), not '\(printRules)'.")
        }
    }

    func run() async throws {
        if let text = printRules.flatMap(CarriedRules.text) {
            return try Output.document(text)
        }
        var facts = SystemFacts.running()
        facts.announcements = UnitDirectory.announcementFolder
        let diagnosis = NodeDiagnosis(of: facts, unit: unit)
        try Output.show(DoctorTable.text(diagnosis), json: DoctorDocument(diagnosis), if: output.json)
        let wrong = diagnosis.count(.failure) + (strict ? diagnosis.count(.warning) : 0)
        guard wrong == 0 else {
            throw CommandFailure(.failure, "\(wrong == 1 ? "1 finding needs" : "\(wrong) findings need") a repair")
        }
    }
}
