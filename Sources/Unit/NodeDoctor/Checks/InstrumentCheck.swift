internal import UnitTransport

/// Whether instruments on USBTMC that are plugged in may be opened: power meters, as far as a calibration is concerned.
enum InstrumentCheck {
    private static let check = "instruments"

    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let names = facts.tree.names("/sys/class/usbmisc").filter { $0.hasPrefix("usbtmc") }.sorted()
        // Asked about one unit, and most machines have none.
        guard facts.selector == nil, !names.isEmpty else { return [] }
        return names.map { name in
            let node = "/dev/\(name)"
            let threat = "cvqkd power-meter and calibrate bob --power-meter cannot read it"
            guard let status = facts.tree.status(node) else {
                return .unknown(check, "\(node) cannot be looked at", on: name, threatens: threat)
            }
            let group = UserGroup.numbered(status.group, in: facts.tree)?.name ?? String(status.group)
            let isOfGroup = status.mode & 0o060 == 0o060 && status.group != 0
            if isOfGroup && (facts.user.isRoot || facts.user.groups.contains(status.group)) {
                return .ok(check, "\(node): group \(group)", on: name)
            }
            if facts.user.isRoot { return .ok(check, "\(node) is root's alone, and this is root", on: name) }
            if isOfGroup {
                return .bad(
                    .warning, check, "\(node) is of group \(group), and \(facts.user.name) is not in it", on: name,
                    threatens: threat, repair: DevicePermission.join(group, facts.user.name))
            }
            let file = DevicePermission.instrumentRulesFile
            return .bad(
                .warning, check, "\(node) is root's alone", on: name, threatens: threat,
                repair: DevicePermission.installedRules(file, in: facts.tree) == nil
                    ? DevicePermission.installRules(file) : DevicePermission.applyRules)
        }
    }
}
