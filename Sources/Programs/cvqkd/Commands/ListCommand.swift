import ArgumentParser
import LocalUnits
import NodeReports
import UnitTransport

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows every unit that is connected, also those that cannot be used, and why.",
        discussion: """
            Takes control of nothing. Units on USB are found by themselves; serial lines that nobody can recognise \
            (UARTs, pseudo-terminals) are announced by a link in the folder CVQKD_UNIT_DIRECTORY, else /run/cvqkd/units. \
            Units that are named are listed also when they are absent. Each unit has 4 s as a whole; those that answer are \
            shown at once.

            In JSON, "status" is one of \(UnitReadiness.allCases.map(\.rawValue).joined(separator: ", ")). A unit that another \
            program controls is busy; its state is shown all the same. 'cvqkd doctor' says what keeps units from working.

            EXAMPLES:
              cvqkd list
              cvqkd list NOVA-A-0001 NOVA-B-0001
              cvqkd list --watch
              cvqkd list --json | jq -r '.units[] | select(.status == "ready") | .selector'
            """)

    @Argument(help: "usb:SERIAL, serial:/dev/PATH or SERIAL; all units if left out.", transform: Selectors.read)
    var units: [UnitSelector] = []

    @Flag(
        help: ArgumentHelp(
            "Show the list again whenever it changes, until Ctrl-C; with --json one line per list.",
            discussion: "Units are asked again at every plug event and every 2 s."))
    var watch = false

    /// A unit that becomes busy, or answers again, announces nothing.
    static let refreshInterval: Duration = .seconds(2)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard watch else { return try await showOnce() }
        let monitor: UnitMonitor
        do throws(HotplugError) { monitor = try UnitMonitor() } catch { throw LocalUnitError.directory(error) }
        defer { monitor.stop() }
        var last = try await look()
        try show(last)
        for await _ in monitor.occasions(every: Self.refreshInterval) {
            // Most occasions bring nothing, and probing opens lines, which is one: only a new picture is shown.
            let now = try await look()
            if now == last { continue }
            last = now
            if !output.json { try Output.line("") }
            try show(now)
        }
    }

    /// Units that answer are shown soon, whatever the others do.
    static let patience: Duration = .milliseconds(800)

    private func showOnce() async throws {
        let probing = try LocalUnitFinder(task: "list").probing(named: units)
        guard !output.json, let early = await probing.early(after: Self.patience), !early.isEmpty else {
            return try show(await probing.all().map(ListedUnit.init))
        }
        let shown = early.map(ListedUnit.init)
        try Output.line(UnitTable.text(shown))
        let late = await probing.all().map(ListedUnit.init).filter { !shown.contains($0) }
        if !late.isEmpty { try Output.line("\n\(UnitTable.text(late))") }
    }

    private func look() async throws -> [ListedUnit] {
        try await LocalUnitFinder(task: "list").probe(named: units).map(ListedUnit.init)
    }

    private func show(_ units: [ListedUnit]) throws {
        if output.json { return try Output.document(Output.json(UnitListDocument(units), pretty: !watch) + "\n") }
        try Output.line(UnitTable.text(units))
    }
}
