/// The eight bytes before every message: the standard header of Simple Binary Encoding 1.0.
public struct MessageHeader: Sendable, Equatable, BitwiseCopyable {
    /// Bytes of the header itself.
    public static let length = 8

    /// Bytes of the fixed block that follows. The sender's, which may be older or newer than ours.
    public var blockLength: UInt16
    /// Which message it is.
    public var templateID: UInt16
    /// Which schema it is from.
    public var schemaID: UInt16
    /// The sender's version of the schema.
    public var version: UInt16

    /// A header from its four numbers.
    public init(blockLength: UInt16, templateID: UInt16, schemaID: UInt16, version: UInt16) {
        self.blockLength = blockLength
        self.templateID = templateID
        self.schemaID = schemaID
        self.version = version
    }

    /// The header of a message that we send.
    public init<Message: UnitMessage>(of type: Message.Type) {
        self.init(
            blockLength: UInt16(truncatingIfNeeded: Message.blockLength), templateID: Message.templateID,
            schemaID: UnitMessages.schemaID, version: UnitMessages.version)
    }

    /// Reads the first eight bytes of `bytes`.
    public init(_ bytes: RawSpan) throws(MessageFault) {
        guard bytes.byteCount >= Self.length else {
            throw .truncated(needed: Self.length, available: bytes.byteCount)
        }
        self.init(
            blockLength: bytes.number(at: 0), templateID: bytes.number(at: 2), schemaID: bytes.number(at: 4),
            version: bytes.number(at: 6))
    }

    /// Writes the header at the start of `bytes`, which has room for it.
    @_lifetime(bytes: copy bytes)
    func encode(into bytes: inout MutableRawSpan) {
        bytes.put(blockLength, at: 0)
        bytes.put(templateID, at: 2)
        bytes.put(schemaID, at: 4)
        bytes.put(version, at: 6)
    }
}
