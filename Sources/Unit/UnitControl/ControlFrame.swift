internal import UnitProtocol

/// Control frames as arrays of bytes: they are few and small, and outlive the call that makes them.
enum ControlFrame {
    /// Most bytes of a unit's reply or event.
    static let mostBytes = 4_096

    /// A whole frame that holds one message without groups and data, which is all that a host ever sends.
    static func encode<Message: UnitMessage>(_ message: Message, channel: Channel, number: UInt32) -> [UInt8] {
        let length = Frame.headerBytes + MessageHeader.length + Message.blockLength
        var frame = [UInt8](repeating: 0, count: length)
        var elements = frame.mutableSpan
        var bytes = elements.mutableBytes
        do {
            var writer = MessageWriter(bytes._mutatingExtracting(Frame.headerBytes..<length))
            try writer.write(message)
        } catch {
            preconditionFailure("the frame has exactly the message's length")
        }
        Frame.seal(FrameHeader(channel: channel, length: length, number: number), into: &bytes)
        return frame
    }

    /// Text of a data field, control characters replaced: it goes to terminals and logs.
    static func text(_ bytes: RawSpan) -> String {
        let text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
