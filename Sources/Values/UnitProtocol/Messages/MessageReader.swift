/// Reads one message in place: header, block, then groups and data in the order of the schema.
///
/// ```swift
/// var reader = try MessageReader(bytes)
/// let catalogue = try reader.block(as: TelemetryCatalogue.self)
/// var items = try reader.group(of: TelemetryCatalogue.ItemsEntry.self)
/// while let item = try items.next() { … }
/// ```
///
/// Nothing is allocated, and no bytes make it trap. Bytes behind the last group or data are a newer sender's and
/// stay unread.
public struct MessageReader: ~Escapable {
    /// The header of the message.
    public let header: MessageHeader
    private let bytes: RawSpan
    /// Where the next group or data begins.
    private var position: Int

    /// Reads the header. Throws if it is cut off, is of another schema, or announces more bytes than there are.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) throws(MessageFault) {
        let header = try MessageHeader(bytes)
        guard header.schemaID == UnitMessages.schemaID else {
            throw .wrongSchema(received: header.schemaID, expected: UnitMessages.schemaID)
        }
        let end = MessageHeader.length + Int(header.blockLength)
        guard bytes.byteCount >= end else { throw .truncated(needed: end, available: bytes.byteCount) }
        self.header = header
        self.bytes = bytes
        self.position = end
    }

    /// The fixed block; may be called at any time.
    public func block<Message: UnitMessage>(as type: Message.Type = Message.self) throws(MessageFault) -> Message {
        guard header.templateID == Message.templateID else {
            throw .unexpectedTemplate(received: header.templateID, expected: Message.templateID)
        }
        let end = MessageHeader.length + Int(header.blockLength)
        return try Message(block: bytes.extracting(MessageHeader.length..<end))
    }

    /// The next group. The reader stands behind it afterwards, whether its entries are read or not. A sender that is
    /// older than the group has sent none: the group is then empty.
    @_lifetime(copy self)
    public mutating func group<Entry: UnitGroupEntry>(
        of type: Entry.Type = Entry.self
    ) throws(MessageFault) -> GroupReader<Entry> {
        guard header.version >= Entry.sinceVersion else {
            return GroupReader(bytes.extracting(position..<position), blockLength: 0, count: 0)
        }
        let dimension = try read(Entry.dimensionLength)
        let blockLength = Int(dimension.number(at: 0, as: UInt16.self))
        let count = Int(dimension.number(at: 2, as: UInt16.self))
        return GroupReader(try read(blockLength * count), blockLength: blockLength, count: count)
    }

    /// The next data field, in place; empty if the sender is older than the field.
    @_lifetime(copy self)
    public mutating func data(_ field: UnitData) throws(MessageFault) -> RawSpan {
        guard header.version >= field.sinceVersion else { return bytes.extracting(position..<position) }
        let length = try read(field.lengthSize)
        var count = 0
        for index in 0..<field.lengthSize { count |= Int(length.number(at: index, as: UInt8.self)) << (8 * index) }
        return try read(count)
    }

    /// Reads every entry of the next group and throws what is wrong with the first bad one.
    public mutating func inspectGroup<Entry: UnitGroupEntry>(of type: Entry.Type) throws(MessageFault) {
        var entries = try group(of: Entry.self)
        while try entries.next() != nil {}
    }

    /// What is behind everything that was read: the samples of a stream frame, or what a newer sender added.
    public var remainder: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(position..<bytes.byteCount) }
    }

    /// The next `count` bytes.
    @_lifetime(copy self)
    private mutating func read(_ count: Int) throws(MessageFault) -> RawSpan {
        let end = position + count
        guard end <= bytes.byteCount else { throw .truncated(needed: end, available: bytes.byteCount) }
        defer { position = end }
        return bytes.extracting(position..<end)
    }
}

/// The entries of a group, in place.
public struct GroupReader<Entry: UnitGroupEntry>: ~Escapable {
    /// Number of entries.
    public let count: Int
    /// The sender's bytes per entry.
    public let blockLength: Int
    private let bytes: RawSpan
    private var index = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, blockLength: Int, count: Int) {
        self.count = count
        self.blockLength = blockLength
        self.bytes = bytes
    }

    /// The next entry, or `nil` after the last.
    public mutating func next() throws(MessageFault) -> Entry? {
        guard index < count else { return nil }
        defer { index += 1 }
        return try Entry(block: bytes.extracting(index * blockLength..<(index + 1) * blockLength))
    }
}
