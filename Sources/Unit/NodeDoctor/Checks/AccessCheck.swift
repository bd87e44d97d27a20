internal import UnitTransport

/// Whether the unit that was asked for is there, and whether this user may open it.
enum AccessCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        facts.units.map { unit in access(unit.node, unit.subject, facts) } + line(facts)
    }

    private static func access(_ path: String, _ subject: String, _ facts: SystemFacts) -> NodeFinding {
        let check = "access"
        let threat = "the unit cannot be used by \(facts.user.name)"
        guard facts.tree.exists(path) else {
            return .bad(
                .failure, check, "\(path) is not there", on: subject, threatens: threat,
                repair: DevicePermission.applyRules)
        }
        guard !facts.tree.mayOpen(path) else { return .ok(check, "\(facts.user.name) may open \(path)", on: subject) }
        let remedy = DevicePermission.remedy(for: path, in: facts.tree)
        return .bad(
            .failure, check, "\(path): permission denied. \(remedy)", on: subject, threatens: threat, repair: nil)
    }

    /// A unit that was named and that no USB device is: a serial line, or nothing.
    private static func line(_ facts: SystemFacts) -> [NodeFinding] {
        guard let selector = facts.selector, facts.units.isEmpty else { return [] }
        if case .serial(let path, _) = selector, facts.tree.exists(path) { return [access(path, path, facts)] }
        let lines = facts.tree.names(facts.announcements).map { "\(facts.announcements)/\($0)" }.filter(
            facts.tree.exists)
        if case .anywhere(let serial) = selector, !lines.isEmpty {
            let names = lines.joined(separator: ", ")
            return [
                .bad(
                    .unknown, "connected", "not on USB; only asking tells whether it is behind \(names)",
                    on: serial, threatens: "nothing more is known of it",
                    repair: "cvqkd list \(serial)")
            ] + lines.map { access($0, $0, facts) }
        }
        let name =
            switch selector {
            case .usb(let serial), .anywhere(let serial): serial
            case .serial(let path, _): path
            }
        // Whoever hides behind a serial line without a name has to be asked, which 'list' does.
        return [
            .bad(
                .failure, "connected", "no such unit is on USB. Check power and cable", on: name,
                threatens: "nothing to look at", repair: "cvqkd list \(selector)")
        ]
    }
}
