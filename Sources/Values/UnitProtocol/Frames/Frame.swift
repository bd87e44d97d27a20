/// What a frame is for, and which way it goes (firmware-schemas/README.md, section 1).
public enum Channel: UInt8, Sendable, CaseIterable {
    /// Host to unit.
    case request = 1
    /// Unit to host, with the number of its request.
    case reply = 2
    /// Unit to host, unasked.
    case event = 3
    /// Unit to host: samples of a link session.
    case stream = 4
    /// Between the two units of a pair, never on a host's port.
    case peer = 5
}

/// Why bytes are not a frame.
public enum FrameFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// Fewer bytes than the header or the stated length needs.
    case truncated(needed: Int, available: Int)
    /// The first two bytes are not 43 51.
    case badMagic(UInt16)
    /// A frame version that this program does not know.
    case badVersion(UInt8)
    /// A channel number outside 1…5.
    case badChannel(UInt8)
    /// A length outside 40…65,536 bytes.
    case badLength(Int)
    /// The CRC-32C in the header is not that of the bytes.
    case badChecksum(stated: UInt32, computed: UInt32)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .truncated(let needed, let available): "frame truncated: \(needed) bytes needed, \(available) there"
        case .badMagic(let found): "not a frame: magic 0x\(String(found, radix: 16)) instead of 0x5143"
        case .badVersion(let found): "frame version \(found) is not known, only 1 is"
        case .badChannel(let found): "channel \(found) does not exist"
        case .badLength(let found): "frame length \(found) bytes is outside 40…65536"
        case .badChecksum(let stated, let computed):
            "CRC-32C is 0x\(String(computed, radix: 16)), the header says 0x\(String(stated, radix: 16))"
        }
    }
}

/// The fixed header of a frame, without what is constant.
public struct FrameHeader: Equatable, Sendable {
    /// What the frame is for.
    public var channel: Channel
    /// Bytes of the frame, header included.
    public var length: Int
    /// Correlation number of a request and its reply; sequence number of an event or stream frame.
    public var number: UInt32
    /// Link session of a stream frame, 0 in all others.
    public var session: UInt64

    /// A header with the given values.
    public init(channel: Channel, length: Int, number: UInt32, session: UInt64 = 0) {
        self.channel = channel
        self.length = length
        self.number = number
        self.session = session
    }
}

/// Reading and writing of whole frames in place. Nothing here allocates but `Frame.encode`.
public enum Frame {
    /// Bytes of the header.
    public static let headerBytes = 32
    /// The shortest frame: a header and an SBE message header.
    public static let minimumBytes = 40
    /// The longest frame.
    public static let maximumBytes = 65_536
    /// Transfers of the host are a multiple of this many bytes, so that no stream frame crosses a transfer.
    public static let maximumStride = 65_536

    private static let magic: UInt16 = 0x5143
    private static let version: UInt8 = 1
    private static let checksumOffset = 28

    /// Checks the frame at the start of `bytes` and returns its header; what lies behind it is not looked at.
    ///
    /// The message is `bytes.extracting(Frame.headerBytes..<header.length)`.
    public static func decode(_ bytes: RawSpan) throws(FrameFault) -> FrameHeader {
        let header = try peek(bytes)
        guard header.length <= bytes.byteCount else {
            throw .truncated(needed: header.length, available: bytes.byteCount)
        }
        let stated = UInt32(littleEndian: load(bytes, at: checksumOffset))
        let computed = checksum(bytes, length: header.length)
        guard stated == computed else { throw .badChecksum(stated: stated, computed: computed) }
        return header
    }

    /// Reads a header without checking the CRC: enough to know where a frame goes, not to believe it.
    public static func peek(_ bytes: RawSpan) throws(FrameFault) -> FrameHeader {
        guard bytes.byteCount >= headerBytes else { throw .truncated(needed: headerBytes, available: bytes.byteCount) }
        let magic = UInt16(littleEndian: load(bytes, at: 0))
        guard magic == Self.magic else { throw .badMagic(magic) }
        let version: UInt8 = load(bytes, at: 2)
        guard version == Self.version else { throw .badVersion(version) }
        let rawChannel: UInt8 = load(bytes, at: 3)
        guard let channel = Channel(rawValue: rawChannel) else { throw .badChannel(rawChannel) }
        let length = Int(UInt32(littleEndian: load(bytes, at: 4)))
        guard (minimumBytes...maximumBytes).contains(length) else { throw .badLength(length) }
        return FrameHeader(
            channel: channel, length: length, number: UInt32(littleEndian: load(bytes, at: 8)),
            session: UInt64(littleEndian: load(bytes, at: 16)))
    }

    /// Writes the header, CRC included, over the first 32 bytes; the message must already lie behind it.
    ///
    /// Precondition: `header.length` is within the permitted range and within `bytes`.
    public static func seal(_ header: FrameHeader, into bytes: inout MutableRawSpan) {
        precondition((minimumBytes...maximumBytes).contains(header.length) && header.length <= bytes.byteCount)
        bytes.storeBytes(of: magic.littleEndian, toByteOffset: 0, as: UInt16.self)
        bytes.storeBytes(of: version, toByteOffset: 2, as: UInt8.self)
        bytes.storeBytes(of: header.channel.rawValue, toByteOffset: 3, as: UInt8.self)
        bytes.storeBytes(of: UInt32(header.length).littleEndian, toByteOffset: 4, as: UInt32.self)
        bytes.storeBytes(of: header.number.littleEndian, toByteOffset: 8, as: UInt32.self)
        bytes.storeBytes(of: UInt32(0), toByteOffset: 12, as: UInt32.self)
        bytes.storeBytes(of: header.session.littleEndian, toByteOffset: 16, as: UInt64.self)
        bytes.storeBytes(of: UInt32(0), toByteOffset: 24, as: UInt32.self)
        let crc = checksum(bytes.bytes, length: header.length)
        bytes.storeBytes(of: crc.littleEndian, toByteOffset: checksumOffset, as: UInt32.self)
    }

    /// CRC-32C of a frame of `length` bytes, its own field left out.
    static func checksum(_ bytes: RawSpan, length: Int) -> UInt32 {
        let crc = CRC32C.checksum(bytes.extracting(0..<checksumOffset))
        return CRC32C.checksum(bytes.extracting(headerBytes..<length), continuing: crc)
    }

    private static func load<T: FixedWidthInteger & BitwiseCopyable>(_ bytes: RawSpan, at offset: Int) -> T {
        // SAFETY: unaligned loads of integers inside the span; every caller has checked that headerBytes are there.
        bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
    }
}
