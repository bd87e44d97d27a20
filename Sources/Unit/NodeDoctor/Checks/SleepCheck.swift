/// Whether the kernel lets a unit's port sleep.
enum SleepCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        facts.units.map { unit in
            let file = "/sys/bus/usb/devices/\(unit.name)/power/control"
            let threat = "a sleeping port loses heartbeats: the unit goes dark in the middle of a session"
            switch unit.powerControl {
            case "on": return .ok("autosuspend", "off: \(file) is on", on: unit.subject)
            case let value?:
                return .bad(
                    .failure, "autosuspend", "\(file) is \(value): the port may go to sleep", on: unit.subject,
                    threatens: threat, repair: "echo on | sudo tee \(file)")
            case nil: return .unknown("autosuspend", "\(file) cannot be read", on: unit.subject, threatens: threat)
            }
        }
    }
}
