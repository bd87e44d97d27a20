import ArgumentParser
import Hotplug

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows every unit that is connected, also those that cannot be used, and why.",
        discussion: """
            Takes control of nothing. Units on USB are found by themselves; serial lines that nobody can recognise \
            (UARTs, pseudo-terminals) are announced by a link in the folder CVQKD_UNIT_DIRECTORY, else /run/cvqkd/units.

            EXAMPLES:
              cvqkd list
              cvqkd list --watch
              cvqkd list --json | jq -r '.units[] | select(.problem == null) | .selector'
            """)

    @Flag(
        help:
            "Show the list again when something is plugged in or removed, until Ctrl-C; with --json one line per list.")
    var watch = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard watch else { return try show(try await UnitProbe.all()) }
        let monitor: UnitMonitor
        do throws(HotplugError) { monitor = try UnitMonitor() } catch {
            throw CommandFailure(.failure, error.description)
        }
        defer { monitor.stop() }
        var last = try await UnitProbe.all()
        try show(last)
        for await _ in monitor.changes() {
            // Probing opens lines, which the monitor may report as a change: only a new picture is shown.
            let now = try await UnitProbe.all()
            if now == last { continue }
            last = now
            if !output.json { try Output.line("") }
            try show(now)
        }
    }

    private func show(_ units: [ListedUnit]) throws {
        try Output.line(output.json ? Output.json(["units": units], pretty: !watch) : UnitTable.text(units))
    }
}

/// The list as a table, and below it a sentence for each unit that cannot be used.
enum UnitTable {
    static func text(_ units: [ListedUnit]) -> String {
        guard !units.isEmpty else {
            return """
                No unit is connected. Check power and cable; a unit behind a UART needs a link in \
                \(UnitDirectory.announcementFolder), or use serial:/dev/PATH.
                """
        }
        var table = Table(
            ["SERIAL", "ROLE", "STATE", "MODEL", "FIRMWARE", "CONNECTION", "REMARK"].map { Table.Column($0) })
        table.rows = units.map { unit in
            [
                unit.serial ?? "?", unit.role ?? "?", unit.state ?? (unit.problem == nil ? "?" : "–"),
                unit.model ?? "?",
                unit.firmware ?? "?", unit.connections.joined(separator: ", "), remark(unit),
            ]
        }
        let problems = units.compactMap { unit in
            unit.problem.map { "\(unit.serial ?? unit.selector): \($0.message.prefixRemoved(unit.selector))." }
        }
        return ([table.text] + (problems.isEmpty ? [] : [""]) + problems).joined(separator: "\n")
    }

    private static func remark(_ unit: ListedUnit) -> String {
        var remarks: [String] = []
        if unit.emulated == true { remarks.append("emulated") }
        if let controller = unit.controller { remarks.append("controlled by \(controller)") }
        if let problem = unit.problem { remarks.append(reason(problem.kind)) }
        return remarks.joined(separator: ", ")
    }

    private static func reason(_ kind: String) -> String {
        switch FailureKind(rawValue: kind) {
        case .noPermission: "no permission"
        case .busy: "busy"
        case .incompatible: "not usable"
        case .timedOut: "no answer"
        case .gone, .notFound: "gone"
        default: "not usable"
        }
    }
}

extension String {
    /// Without a leading "X: ".
    fileprivate func prefixRemoved(_ name: String) -> String {
        let path = name.split(separator: ":", maxSplits: 1).last.map(String.init) ?? name
        for prefix in ["\(name): ", "\(path): "] where hasPrefix(prefix) { return String(dropFirst(prefix.count)) }
        return self
    }
}
