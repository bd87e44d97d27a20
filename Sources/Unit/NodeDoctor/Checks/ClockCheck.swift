internal import UnitTransport

/// Whether somebody keeps this machine's clock right.
enum ClockCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let threat = "ages of calibrations and times of records are wrong, and two nodes disagree on them"
        // timesyncd's own word, for machines whose kernel is not told (some containers).
        if facts.clockIsSynchronised == true || facts.tree.exists("/run/systemd/timesync/synchronized") {
            return [.ok("clock", "synchronised")]
        }
        guard facts.clockIsSynchronised != nil else {
            return [.unknown("clock", "the kernel does not say whether it is synchronised", threatens: threat)]
        }
        return [
            .bad(
                .warning, "clock", "nobody synchronises this machine's clock", threatens: threat,
                repair: "sudo timedatectl set-ntp true")
        ]
    }
}
