internal import UnitProtocol

/// Control frames that a host has not read yet. Beyond 64 the oldest event goes (its number shows the hole), and never
/// a reply: their number is bounded by what the host asks.
struct ControlOutbox {
    private static let depth = 64
    /// Replies that a unit with `FirmwareDefect.repliesDropped` holds.
    private static let defectiveDepth = 8
    private var frames: [(isEvent: Bool, bytes: [UInt8])] = []

    /// Appends a frame of a unit in the form in which it will be sent.
    mutating func append(_ bytes: [UInt8], isEvent: Bool, of unit: EmulatedUnit) {
        let isDefective = unit.configuration.defects.contains(.repliesDropped)
        if isDefective, !isEvent, frames.count >= Self.defectiveDepth { return }
        if frames.count >= Self.depth, let oldest = frames.firstIndex(where: \.isEvent) { frames.remove(at: oldest) }
        frames.append((isEvent, bytes))
    }

    mutating func takeFirst() -> [UInt8]? { frames.isEmpty ? nil : frames.removeFirst().bytes }

    mutating func removeAll() { frames.removeAll() }

    /// Whether a frame is an event.
    static func isEvent(_ frame: [UInt8]) -> Bool { frame.count > 3 && frame[3] == Channel.event.rawValue }
}
