import ArgumentParser
import LocalUnits
import NodeReports
import UnitControl
import UnitProtocol

struct TelemetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "telemetry",
        abstract: "Shows everything that a unit measures of itself: value, unit, range, status, age.",
        discussion: """
            Observes only. A value that is older than the unit allows is marked STALE: it says what was, not what is.

            EXAMPLES:
              cvqkd telemetry usb:B-0001 --watch
              cvqkd telemetry B-0001 --json | jq '.readings[] | select(.name == "detector_temperature").value'
            """)

    @OptionGroup var unit: UnitArgument

    @Flag(help: "Show it again every --interval until Ctrl-C; with --json one line per look.")
    var watch = false

    @Option(help: "Seconds between two looks.")
    var interval = 1.0

    @OptionGroup var output: OutputOptions

    func validate() throws { try Selectors.require(interval, positive: "interval") }

    func run() async throws {
        try await LocalUnitFinder(task: "telemetry").withUnit(unit.unit, access: .observe) { unit in
            repeat {
                let report = TelemetryReport(unit.identity, try await unit.telemetry())
                if output.json {
                    try Output.document(Output.json(report, pretty: !watch) + "\n")
                } else {
                    try Output.line(TelemetryTable.text(report))
                }
                if watch {
                    if !output.json { try Output.line("") }
                    try await Task.sleep(for: .seconds(interval))
                }
            } while watch
        }
    }
}
