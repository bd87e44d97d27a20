internal import UnitTransport

/// Whether the rules are installed, are those of this build, and have been applied to what is plugged in.
enum UdevRulesCheck {
    private static let name = "udev-rules"
    private static let threat = "units on USB stay root's, sleep, and have no names in /dev/cvqkd"

    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        var findings = [installed(facts), uaccess(facts)]
        if facts.tree.names("/run/udev").isEmpty {
            findings.append(
                .bad(
                    facts.severityForUSB, "udevd", "systemd-udevd does not run: nothing is in /run/udev",
                    threatens: threat,
                    repair: "sudo systemctl start systemd-udevd"))
        }
        if DevicePermission.installedRules(in: facts.tree) != nil {
            findings += facts.units.map { applied($0, facts) }
        }
        return findings
    }

    private static func installed(_ facts: SystemFacts) -> NodeFinding {
        let file = DevicePermission.rulesFile
        guard let path = DevicePermission.installedRules(in: facts.tree) else {
            return .bad(
                facts.severityForUSB, name, "\(file) is not installed", threatens: threat,
                repair: DevicePermission.installRules())
        }
        return compare(path, file, facts)
            ?? .ok(name, "\(path) is the one of this build")
    }

    /// Nil if the installed file is as it should be.
    private static func compare(_ path: String, _ file: String, _ facts: SystemFacts) -> NodeFinding? {
        guard facts.tree.target(path) != "/dev/null", let text = facts.tree.text(path), !text.isEmpty else {
            return .bad(
                .failure, name, "\(path) is empty or a link to /dev/null: the rules are switched off",
                threatens: threat, repair: "sudo rm \(path) && \(DevicePermission.installRules(file))")
        }
        guard text != CarriedRules.text(file) else { return nil }
        return .bad(
            .warning, name, "\(path) differs from the one that this build carries",
            threatens:
                "rules of another version, or changed by hand: '\(DevicePermission.compareRules(file, with: path))' shows it",
            repair: DevicePermission.installRules(file))
    }

    private static func uaccess(_ facts: SystemFacts) -> NodeFinding {
        let file = "61-cvqkd-uaccess.rules"
        guard let path = DevicePermission.installedRules(file, in: facts.tree) else {
            return .ok("uaccess", "\(file) is not installed: only members of the group open units, as on a node")
        }
        if var finding = compare(path, file, facts) {
            finding.check = "uaccess"
            return finding
        }
        return .ok("uaccess", "\(path): whoever sits at this machine may open units, as on a field laptop")
    }

    private static func applied(_ unit: ConnectedUnit, _ facts: SystemFacts) -> NodeFinding {
        let check = "rules-applied"
        let record = UdevRecord(of: unit.number, in: facts.tree)
        guard let serial = unit.serial, !serial.isEmpty else {
            return .bad(
                .failure, check, "the unit has no serial number", on: unit.subject, threatens: threat, repair: nil)
        }
        guard let record, record.tags.contains("cvqkd"), record.links.contains("cvqkd/\(serial)") else {
            return .bad(
                .failure, check,
                record == nil
                    ? "udevd has no record of \(unit.node)"
                    : "the rules are installed and have not run for \(unit.node)",
                on: unit.subject, threatens: threat, repair: DevicePermission.applyRules)
        }
        guard let status = facts.tree.status(unit.node) else {
            return .unknown(check, "\(unit.node) cannot be looked at", on: unit.subject, threatens: threat)
        }
        let mode = String(status.mode & 0o777, radix: 8)
        let owner = UserGroup.numbered(status.group, in: facts.tree)?.name ?? String(status.group)
        guard status.mode & 0o777 == 0o660, owner == DevicePermission.group else {
            return .bad(
                .failure, check, "\(unit.node) is of group \(owner), mode \(mode), not cvqkd, 660",
                on: unit.subject,
                threatens: status.mode & 0o006 == 0 ? threat : "anybody may command the unit's laser",
                repair: DevicePermission.applyRules)
        }
        return .ok(check, "\(unit.node): group cvqkd, mode 660, /dev/cvqkd/\(serial)", on: unit.subject)
    }
}
