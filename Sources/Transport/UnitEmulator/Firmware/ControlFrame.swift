internal import UnitProtocol

/// Building of replies, events and peer messages.
enum ControlFrame {
    /// A frame with whatever `body` writes. Messages of the unit are its own: one that cannot be written is a bug.
    static func make(
        _ channel: Channel, number: UInt32, session: UInt64 = 0,
        _ body: (inout MessageBuilder) throws(MessageFault) -> Void
    ) -> [UInt8] {
        var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
        do {
            try body(&builder)
        } catch {
            preconditionFailure("the unit's own message is wrong: \(error)")
        }
        var bytes = builder.bytes
        let header = FrameHeader(channel: channel, length: bytes.count, number: number, session: session)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        Frame.seal(header, into: &raw)
        return bytes
    }

    /// Writes a message in place and returns its bytes. Allocates nothing.
    static func write(
        into room: UnsafeMutableRawBufferPointer, _ body: (inout MessageWriter) throws(MessageFault) -> Void
    ) throws(MessageFault) -> Int {
        var writer = MessageWriter(room.mutableBytes)
        try body(&writer)
        return writer.count
    }

    /// The request's block, or nil if the message cannot be read at all.
    static func block(of frame: [UInt8], _ header: MessageHeader) -> [UInt8]? {
        let start = Frame.headerBytes + MessageHeader.length
        let end = start + Int(header.blockLength)
        return end <= frame.count ? Array(frame[start..<end]) : nil
    }

    /// Text in at most `limit` bytes of UTF-8.
    static func clipped(_ text: String, to limit: Int) -> String {
        var clipped = ""
        var bytes = 0
        for character in text {
            bytes += character.utf8.count
            guard bytes <= limit else { break }
            clipped.append(character)
        }
        return clipped
    }
}

/// What the firmware wants its ports to do, in order.
enum PortOrder {
    /// Send a whole control frame.
    case send(port: Int, frame: [UInt8])
    /// Send bytes that are no frame.
    case garbage(port: Int, bytes: [UInt8])
    /// Disappear.
    case vanish
    /// Come back, as firmware or as bootloader.
    case appear(isBootloader: Bool)
    /// Let something go wrong on the wire, `count` times.
    case spoil(WireFault, count: Int)
}

/// Why a request is refused.
struct Refusal: Error {
    var code: ErrorCode
    var field: UInt16 = 0
    var retryAfter: UInt32 = 0
    var text: String

    init(_ code: ErrorCode, field: UInt16 = 0, retryAfter: UInt32 = 0, _ text: String) {
        self.code = code
        self.field = field
        self.retryAfter = retryAfter
        self.text = text
    }
}
