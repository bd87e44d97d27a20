internal import USBTransport
internal import UnitTransport

/// Whether the buffers of key sessions can be locked into memory.
enum LockedMemoryCheck {
    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        let check = "locked-memory"
        let needed =
            facts.units.isEmpty
            ? USBMemoryBudget.bufferBytes(.usbSuper)
            : facts.units.reduce(0) { $0 + USBMemoryBudget.bufferBytes($1.kind) }
        let what = facts.units.count > 1 ? "\(facts.units.count) key sessions lock" : "a key session locks"
        let need = "\(what) \(ByteText.mebibytes(needed))"
        if facts.user.mayLockMemory { return [.ok(check, "\(need); this user may lock any amount")] }
        let threat = "key sessions are refused: their buffers might be swapped"
        guard let limit = limit(facts) else {
            return [.unknown(check, "the limit cannot be read from /proc/self/limits", threatens: threat)]
        }
        guard needed > limit else {
            return [
                .ok(check, "\(need), \(limit == .max ? "without limit" : "of at most \(ByteText.mebibytes(limit))")")
            ]
        }
        let kibibytes = (needed / 1024) * 2
        return [
            .bad(
                .warning, check, "\(need), and this login may lock \(ByteText.mebibytes(limit))", threatens: threat,
                repair: "echo '@\(DevicePermission.group) - memlock \(kibibytes)' | "
                    + "sudo tee /etc/security/limits.d/cvqkd.conf")
        ]
    }

    /// The soft limit in bytes; all of an Int if there is none.
    private static func limit(_ facts: SystemFacts) -> Int? {
        let title = "Max locked memory"
        guard let line = facts.tree.lines("/proc/self/limits").first(where: { $0.hasPrefix(title) }),
            let word = line.dropFirst(title.count).split(separator: " ").first
        else { return nil }
        return word == "unlimited" ? .max : Int(word)
    }
}
