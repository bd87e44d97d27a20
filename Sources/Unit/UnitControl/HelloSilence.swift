internal import UnitTransport

/// What came in place of a reply to Hello. Four different things leave a host without one, and each has another remedy.
public struct HelloSilence: Sendable, Equatable, CustomStringConvertible {
    /// How long was waited, ms.
    public var milliseconds: Int
    /// Bytes that came.
    public var bytes: UInt64 = 0
    /// Pieces that are no frames: no encoding, no magic, an impossible length.
    public var undecodable: UInt64 = 0
    /// Frames whose checksum is wrong.
    public var wrongChecksums: UInt64 = 0
    /// Sound replies, to numbers that this program did not send.
    public var otherReplies: UInt64 = 0
    /// Sound frames that are no replies: events, or of the stream.
    public var otherFrames: UInt64 = 0
    /// Other programs that have the line open, as far as this user may see: each byte goes to one of its readers.
    public var otherReaders: [String] = []
    /// Whether it is a serial line, which has a rate.
    public var isSerial = false

    /// Nothing came for so long.
    public init(milliseconds: Int) { self.milliseconds = milliseconds }

    /// What came, most telling first, and what to do.
    public var description: String {
        "no reply to Hello within \(milliseconds) ms: " + found
            + (reading.map { (found.hasSuffix("?") ? " " : ". ") + $0 } ?? "")
    }

    private var found: String {
        func count(_ number: UInt64, _ one: String, _ many: String) -> String {
            "\(number) \(number == 1 ? one : many)"
        }
        var parts: [String] = []
        if otherReplies > 0 { parts.append(count(otherReplies, "reply", "replies") + " to other numbers") }
        if otherFrames > 0 { parts.append(count(otherFrames, "frame", "frames") + " that are no replies") }
        if wrongChecksums > 0 { parts.append(count(wrongChecksums, "frame", "frames") + " with a wrong checksum") }
        if undecodable > 0 { parts.append(count(undecodable, "piece", "pieces") + " without a frame") }
        guard bytes > 0 || !parts.isEmpty else {
            return "nothing came. Check power and cable"
                + (isSerial ? ", and whether there is a unit on this line" : "")
        }
        if parts.isEmpty { parts = [count(bytes, "byte", "bytes") + " without the end of a frame"] }
        return parts.joined(separator: ", ") + " came"
            + (bytes > 0 ? " (\(count(bytes, "byte", "bytes")))" : "") + ". " + remedy
    }

    private var remedy: String {
        if otherReplies > 0 { return "Another program uses the unit through this connection, or its firmware is wrong" }
        if otherFrames > 0, wrongChecksums == 0 {
            return "The unit speaks, and does not answer on the channel of replies: its firmware is wrong"
        }
        if wrongChecksums > 0 {
            return isSerial
                ? "Bytes change or get lost on the way: check cable, ground and rate"
                : "The firmware makes wrong checksums, or its memory is damaged"
        }
        return isSerial && otherReaders.isEmpty ? "Is this a unit, and at the right rate?" : "Is this a unit?"
    }

    private var reading: String? {
        guard !otherReaders.isEmpty else { return nil }
        return
            "\(otherReaders.joined(separator: " and ")) has the line open too and may take bytes from it. End that first"
    }
}
