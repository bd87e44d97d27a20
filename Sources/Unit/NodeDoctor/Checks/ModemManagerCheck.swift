internal import UnitTransport

/// Whether ModemManager would send AT commands to a unit's serial port.
enum ModemManagerCheck {
    private static let check = "modem-manager"

    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let runs = facts.isRunning("ModemManager")
        let isInstalled = runs || facts.tree.exists("/usr/sbin/ModemManager")
        guard isInstalled else { return [.ok(check, "not installed")] }
        let ports = facts.units.flatMap { unit in unit.ports.map { (unit, $0) } }
        guard !ports.isEmpty else {
            return [.ok(check, "\(runs ? "runs" : "installed, does not run"); no serial port of a unit is here")]
        }
        return ports.map { unit, port in
            let state = runs ? "runs" : "is installed, does not run"
            if UdevRecord(of: port.number, in: facts.tree)?.isIgnoredByModemManager == true {
                return .ok(check, "\(state), and leaves /dev/\(port.name) alone", on: unit.subject)
            }
            return .bad(
                runs ? .failure : .warning, check,
                "\(state), and nothing tells it to leave /dev/\(port.name) alone (ID_MM_DEVICE_IGNORE)",
                on: unit.subject,
                threatens: "it sends AT commands, which are noise among frames, and makes the port busy for seconds",
                repair: DevicePermission.installedRules(in: facts.tree) == nil
                    ? DevicePermission.installRules() : DevicePermission.applyRules)
        }
    }
}
