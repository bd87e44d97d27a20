internal import UnitTransport

/// Where the memory of a program goes that dies.
enum CoreFileCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let check = "core-files"
        let threat = "stream buffers are left out of core files, other memory of a program that dies is not"
        guard let pattern = facts.tree.line("/proc/sys/kernel/core_pattern") else {
            return [.unknown(check, "/proc/sys/kernel/core_pattern cannot be read", threatens: threat)]
        }
        let repair =
            "echo 'kernel.core_pattern=|/bin/false' | sudo tee /etc/sysctl.d/60-cvqkd.conf "
            + "&& sudo sysctl -p /etc/sysctl.d/60-cvqkd.conf"
        if pattern == "|/bin/false" || pattern.isEmpty { return [.ok(check, "none: the pattern is '\(pattern)'")] }
        // A program at the other end of the pipe gets the core whatever the limit is.
        if pattern.hasPrefix("|") {
            let program = pattern.dropFirst().split(separator: " ").first.map(String.init) ?? "?"
            return [
                .bad(.warning, check, "they go to \(program), whatever the limit", threatens: threat, repair: repair)
            ]
        }
        if limit(facts) == "0" { return [.ok(check, "none: the limit of this login is 0")] }
        return [.bad(.warning, check, "they are written as '\(pattern)'", threatens: threat, repair: repair)]
    }

    /// The soft limit as the kernel writes it.
    private static func limit(_ facts: SystemFacts) -> Substring? {
        let title = "Max core file size"
        return facts.tree.lines("/proc/self/limits").first { $0.hasPrefix(title) }?.dropFirst(title.count)
            .split(separator: " ").first
    }
}
