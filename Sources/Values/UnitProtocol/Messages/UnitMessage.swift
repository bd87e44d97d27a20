/// A fixed block of fields with a layout that the schema gives: the root of a message, or one entry of a group.
public protocol UnitBlock: Sendable, Equatable, BitwiseCopyable {
    /// Name as in the schema; entries are named `Message.group`.
    static var messageName: String { get }
    /// Bytes of the block in our version.
    static var blockLength: Int { get }

    /// Reads a block. Its byte count, which is the sender's block length, decides which fields are there: those beyond it
    /// are `nil`, and bytes behind our last field are a newer sender's and ignored.
    ///
    /// Throws ``MessageFault/blockTooShort(message:received:minimum:)`` if a field of the first version is missing,
    /// and ``MessageFault/valueOutOfRange(message:field:)`` as ``checkRanges()`` does.
    init(block: RawSpan) throws(MessageFault)

    /// Writes all `blockLength` bytes, padding as zeros, at the start of `bytes`; too small a span is a bug and traps.
    @_lifetime(bytes: copy bytes)
    func encodeBlock(into bytes: inout MutableRawSpan)

    /// Throws ``MessageFault/valueOutOfRange(message:field:)`` for the first field outside the range that the schema
    /// states for its type. Values of open enumerations and sets are not checked: a newer sender may know more of them.
    func checkRanges() throws(MessageFault)
}

extension UnitBlock {
    /// For blocks none of whose fields has a range.
    public func checkRanges() throws(MessageFault) {}
}

/// A message: its fixed block. Groups and data, if it has any, are read by ``MessageReader`` and written by
/// ``MessageWriter`` in the order of the schema.
public protocol UnitMessage: UnitBlock {
    /// Number of the message in the schema.
    static var templateID: UInt16 { get }
}

extension UnitMessage {
    /// Fingerprints of the message with its first 0, 1, 2 … fields; see `firmware-schemas/fingerprint.md`.
    public static var chain: [UInt64] { UnitMessages.chains[templateID] ?? [] }
}

/// One entry of a repeating group.
public protocol UnitGroupEntry: UnitBlock {
    /// Bytes of the dimension (block length, number of entries, padding) before the entries.
    static var dimensionLength: Int { get }
    /// The schema version since which the message has the group; an older sender's message ends before it.
    static var sinceVersion: UInt16 { get }
}

/// A data field of a message: where its length stands, and how wide it is.
public struct UnitData: Sendable, Equatable {
    /// Name as in the schema.
    public let name: String
    /// Bytes of the length before the data: 1, 2 or 4.
    public let lengthSize: Int
    /// The schema version since which the message has the field.
    public let sinceVersion: UInt16

    /// Most bytes that the length can count. The largest number is reserved by the standard for null.
    public var limit: Int { (1 << (8 * lengthSize)) - 2 }
}
