internal import USBTransport
internal import UnitTransport

/// Whether the kernel's memory for USB transfers suffices for a stream from every unit at once.
enum USBMemoryCheck {
    private static let check = "usbfs-memory"

    static func findings(_ facts: SystemFacts) -> [NodeFinding] {
        guard facts.hasUSB else { return [] }
        let threat = "streams run with fewer transfers, or are refused"
        guard let text = facts.tree.line(USBMemoryBudget.limitFile), let megabytes = Int(text) else {
            return [.unknown(check, "\(USBMemoryBudget.limitFile) cannot be read", threatens: threat)]
        }
        guard let limit = USBMemoryBudget.limit(megabytes: megabytes) else {
            return [.ok(check, "the kernel sets no limit")]
        }
        let units = facts.units.isEmpty ? "no unit is connected" : need(facts.units)
        let needed = facts.units.reduce(0) { $0 + USBMemoryBudget.need(of: $1.kind) }
        // Other programs use it too, cameras above all: what our units need shall be at most all of it.
        guard needed > limit else {
            return [.ok(check, "\(units); the limit is \(ByteText.mebibytes(limit)) for all USB devices together")]
        }
        let least = facts.units.reduce(0) { $0 + USBMemoryBudget.need(of: $1.kind, transfers: USBMemoryBudget.fewest) }
        return [
            .bad(
                least > limit ? .failure : .warning, check,
                "\(units), and the limit is \(ByteText.mebibytes(limit)) for all USB devices together",
                threatens: least > limit
                    ? "not all units can stream at once, not even with \(USBMemoryBudget.fewest) transfers each"
                    : "units that stream at once get fewer transfers each, which slow readers feel first",
                repair: USBMemoryBudget.raise(toHold: needed))
        ]
    }

    /// The arithmetic, as "2 units need 2 × 16 × 257 KiB = 8.1 MiB".
    private static func need(_ units: [ConnectedUnit]) -> String {
        let parts = [TransportEndpoint.Kind.usbSuper, .usbHigh, .usbFull].compactMap { kind -> String? in
            let count = units.count { $0.kind == kind }
            guard count > 0 else { return nil }
            return "\(count) × \(USBMemoryBudget.most) × \(ByteText.kibibytes(USBMemoryBudget.transferCost(kind)))"
        }
        let total = units.reduce(0) { $0 + USBMemoryBudget.need(of: $1.kind) }
        return "\(units.count == 1 ? "1 unit needs" : "\(units.count) units need") "
            + "\(parts.joined(separator: " + ")) and a little more, \(ByteText.mebibytes(total)) in all"
    }
}
