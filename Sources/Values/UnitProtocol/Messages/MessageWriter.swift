/// Writes one message into memory of the caller: header and block, then groups and data in the order of the schema.
///
/// A group or data that the schema has and the caller has nothing for is written empty, not left out.
public struct MessageWriter: ~Copyable, ~Escapable {
    private var bytes: MutableRawSpan
    /// Bytes written so far.
    public private(set) var count = 0

    /// A writer that starts at the beginning of `bytes`.
    @_lifetime(copy bytes)
    public init(_ bytes: consuming MutableRawSpan) {
        self.bytes = bytes
    }

    /// Writes the header and the block. Throws if a value is out of range or there is no room.
    @_lifetime(self: copy self)
    public mutating func write<Message: UnitMessage>(_ message: Message) throws(MessageFault) {
        try message.checkRanges()
        try reserve(MessageHeader.length + Message.blockLength)
        var header = bytes._mutatingExtracting(count..<count + MessageHeader.length)
        MessageHeader(of: Message.self).encode(into: &header)
        count += MessageHeader.length
        put(message)
    }

    /// Writes a group.
    @_lifetime(self: copy self)
    public mutating func write<Entry: UnitGroupEntry>(group entries: [Entry]) throws(MessageFault) {
        try beginGroup(of: Entry.self, count: entries.count)
        for entry in entries { try write(entry: entry) }
    }

    /// Writes the dimension of a group of `count` entries, each of which then comes by ``write(entry:)``.
    @_lifetime(self: copy self)
    public mutating func beginGroup<Entry: UnitGroupEntry>(
        of type: Entry.Type, count entries: Int
    ) throws(MessageFault) {
        // The largest number is reserved by the standard for null.
        let limit = Int(UInt16.max) - 1
        guard (0...limit).contains(entries) else {
            throw .groupTooLong(group: Entry.messageName, count: entries, limit: limit)
        }
        try reserve(Entry.dimensionLength)
        bytes.putZeros(Entry.dimensionLength, at: count)
        bytes.put(UInt16(truncatingIfNeeded: Entry.blockLength), at: count)
        bytes.put(UInt16(truncatingIfNeeded: entries), at: count + 2)
        count += Entry.dimensionLength
    }

    /// Writes the next entry of the group.
    @_lifetime(self: copy self)
    public mutating func write<Entry: UnitGroupEntry>(entry: Entry) throws(MessageFault) {
        try entry.checkRanges()
        try reserve(Entry.blockLength)
        put(entry)
    }

    /// Writes a data field.
    @_lifetime(self: copy self)
    public mutating func write(_ field: UnitData, _ data: RawSpan) throws(MessageFault) {
        let length = data.byteCount
        guard length <= field.limit else { throw .dataTooLong(field: field.name, count: length, limit: field.limit) }
        try reserve(field.lengthSize + length)
        for index in 0..<field.lengthSize {
            bytes.put(UInt8(truncatingIfNeeded: length >> (8 * index)), at: count + index)
        }
        count += field.lengthSize
        for index in 0..<length { bytes.put(data.number(at: index, as: UInt8.self), at: count + index) }
        count += length
    }

    @_lifetime(self: copy self)
    private mutating func put<Block: UnitBlock>(_ block: Block) {
        var target = bytes._mutatingExtracting(count..<count + Block.blockLength)
        block.encodeBlock(into: &target)
        count += Block.blockLength
    }

    private func reserve(_ needed: Int) throws(MessageFault) {
        guard needed <= bytes.byteCount - count else {
            throw .noSpace(needed: count + needed, available: bytes.byteCount)
        }
    }
}
