internal import UnitProtocol

/// A request as bytes, so that what no codec would write can be sent: values out of range, blocks too short, messages that
/// do not exist.
struct RawRequest: Sendable {
    var template: UInt16
    var name: String
    var schema = UnitMessages.schemaID
    var version = UnitMessages.version
    var block: [UInt8]
    /// What the message header says, if not the truth.
    var statedLength: UInt16?
    /// Bytes behind the block.
    var tail: [UInt8] = []

    /// A message as its codec writes it. One whose values are out of range is a mistake of the check: use `setting`.
    init<Message: UnitMessage>(_ message: Message) {
        template = Message.templateID
        name = Message.messageName
        var bytes = [UInt8](repeating: 0, count: Message.blockLength)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        message.encodeBlock(into: &raw)
        block = bytes
    }

    init(template: UInt16, name: String, block: [UInt8]) {
        self.template = template
        self.name = name
        self.block = block
    }

    /// The same with an integer at an offset of the block replaced.
    func setting<Number: FixedWidthInteger>(_ value: Number, at offset: Int) -> RawRequest {
        var copy = self
        for index in 0..<(Number.bitWidth / 8) {
            copy.block[offset + index] = UInt8(truncatingIfNeeded: value >> Number(8 * index))
        }
        return copy
    }

    /// The same with a double at an offset of the block replaced.
    func setting(_ value: Double, at offset: Int) -> RawRequest { setting(value.bitPattern, at: offset) }

    /// The whole frame.
    func frame(number: UInt32, channel: Channel = .request) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Frame.headerBytes)
        for value in [statedLength ?? UInt16(block.count), template, schema, version] {
            bytes += [UInt8(value & 255), UInt8(value >> 8)]
        }
        bytes += block + tail
        return RawFrame.sealed(bytes, FrameHeader(channel: channel, length: bytes.count, number: number))
    }
}

/// Frames as bytes.
enum RawFrame {
    /// Writes header and CRC over the first 32 bytes.
    static func sealed(_ bytes: [UInt8], _ header: FrameHeader) -> [UInt8] {
        var bytes = bytes
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        Frame.seal(header, into: &raw)
        return bytes
    }

    /// The same with header bytes replaced and a CRC that is right for them.
    static func patched(_ frame: [UInt8], at offset: Int, _ replacement: [UInt8]) -> [UInt8] {
        var bytes = frame
        bytes.replaceSubrange(offset..<offset + replacement.count, with: replacement)
        let head = CRC32C.checksum(bytes.span.bytes.extracting(0..<28))
        let crc = CRC32C.checksum(bytes.span.bytes.extracting(Frame.headerBytes..<bytes.count), continuing: head)
        for index in 0..<4 { bytes[28 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index)) }
        return bytes
    }
}
