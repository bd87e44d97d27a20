/// Builds messages in a byte array that grows as needed: for commands and tests, where an allocation costs nothing.
public struct MessageBuilder: Sendable {
    /// What has been written; a caller may put a frame header in it first.
    public var bytes: [UInt8]

    /// A builder that appends to `bytes`.
    public init(_ bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    /// Appends header and block.
    public mutating func write<Message: UnitMessage>(_ message: Message) throws(MessageFault) {
        try append(MessageHeader.length + Message.blockLength) { (writer) throws(MessageFault) in
            try writer.write(message)
        }
    }

    /// Appends a group.
    public mutating func write<Entry: UnitGroupEntry>(group entries: [Entry]) throws(MessageFault) {
        let length = Entry.dimensionLength + entries.count * Entry.blockLength
        try append(length) { (writer) throws(MessageFault) in try writer.write(group: entries) }
    }

    /// Reads a group and appends it.
    public mutating func copyGroup<Entry: UnitGroupEntry>(
        of type: Entry.Type, from reader: inout MessageReader
    ) throws(MessageFault) {
        var group = try reader.group(of: Entry.self)
        var entries: [Entry] = []
        while let entry = try group.next() { entries.append(entry) }
        try write(group: entries)
    }

    /// Appends a data field.
    public mutating func write(_ field: UnitData, _ data: RawSpan) throws(MessageFault) {
        let length = data.byteCount
        guard length <= field.limit else { throw .dataTooLong(field: field.name, count: length, limit: field.limit) }
        for index in 0..<field.lengthSize { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * index))) }
        for index in 0..<length { bytes.append(data.number(at: index, as: UInt8.self)) }
    }

    /// Appends a data field that holds the UTF-8 form of `text`.
    public mutating func write(_ field: UnitData, text: String) throws(MessageFault) {
        try write(field, Array(text.utf8).span.bytes)
    }

    /// Appends `count` bytes and lets `body` fill them; takes them away again if it throws.
    private mutating func append(
        _ count: Int, _ body: (inout MessageWriter) throws(MessageFault) -> Void
    ) throws(MessageFault) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        do {
            var span = bytes.mutableSpan
            var raw = span.mutableBytes
            var writer = MessageWriter(raw._mutatingExtracting(start..<start + count))
            try body(&writer)
        } catch {
            bytes.removeLast(count)
            throw error
        }
    }
}
