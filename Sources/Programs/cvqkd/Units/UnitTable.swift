import LocalUnits
import NodeReports

extension UnitReadiness {
    /// For a table.
    var words: String {
        switch self {
        case .ready: "ready"
        case .busy: "busy"
        case .noPermission: "no permission"
        case .incompatible: "incompatible"
        case .bootloader: "bootloader"
        case .absent: "absent"
        case .noAnswer: "no answer"
        case .gone: "gone"
        case .failed: "not usable"
        }
    }
}

extension ListedUnit {
    /// What a look at the unit has shown, in words.
    init(_ unit: ProbedUnit) { self.init(unit) { CommandFailure($0).report } }
}

/// The list as a table, and below it a sentence for each unit that cannot be used.
enum UnitTable {
    static func text(_ units: [ListedUnit]) -> Page {
        guard !units.isEmpty else {
            return """
                No unit is connected. Check power and cable; a unit behind a UART needs a link in \
                \(UnitDirectory.announcementFolder), or use serial:/dev/PATH.
                """
        }
        var table = Table(
            [
                .init("SERIAL"), .init("ROLE"), .init("STATE"), .init("MODEL", .left, .useful),
                .init("FIRMWARE", .left, .detail), .init("CONNECTION", wraps: true), .init("REMARK", wraps: true),
            ])
        table.rows = units.map { unit in
            [
                unit.serial ?? "?", unit.role ?? "?", unit.state ?? (unit.problem == nil ? "?" : "–"),
                unit.model ?? "?",
                unit.firmware ?? "?", unit.connections.joined(separator: ", "), remark(unit),
            ]
        }
        let problems =
            units.compactMap { unit in
                unit.problem.map { "\(unit.serial ?? unit.selector): \($0.message.prefixRemoved(unit.selector))." }
            }
            + units.flatMap { unit in unit.notes.map { "\(unit.serial ?? unit.selector): \($0)." } }
        return problems.isEmpty ? table.text : "\(table)\n\n\(problems.lines)"
    }

    private static func remark(_ unit: ListedUnit) -> String {
        var remarks: [String] = []
        if unit.emulated == true { remarks.append("emulated") }
        if let controller = unit.controller { remarks.append("controlled by \(controller)") }
        if unit.problem != nil { remarks.append(unit.status.words) }
        return remarks.joined(separator: ", ")
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
