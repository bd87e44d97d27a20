/// What the encryption of a block's key to its consumer is bound to: HPKE's `info`. Both sides make the same bytes from
/// what they know. docs/raw-key.md, "The release of a key", is the definition.
public struct ReleaseInfo: Sendable, Hashable {
    /// The consumer's name in the agent's configuration.
    public var consumer: String
    /// The first 16 hexadecimal digits of the SHA-256 of the consumer's public key.
    public var keyID: String
    /// Binding of the session: 32 bytes.
    public var binding: [UInt8]
    /// Number of the session.
    public var session: UInt64
    /// Place in the session's grid.
    public var cell: UInt64
    /// SHA-256 over header and tag.
    public var blockDigest: [UInt8]
    /// Digest of the window that was released.
    public var windowDigest: [UInt8]

    /// What is bound.
    public init(
        consumer: String, keyID: String, binding: [UInt8], session: UInt64, cell: UInt64, blockDigest: [UInt8],
        windowDigest: [UInt8]
    ) {
        self.consumer = consumer
        self.keyID = keyID
        self.binding = binding
        self.session = session
        self.cell = cell
        self.blockDigest = blockDigest
        self.windowDigest = windowDigest
    }

    /// The canonical bytes: each field with its length before it.
    public var bytes: [UInt8] {
        let fields: [[UInt8]] = [
            Array("cvqkd.rawkey.v1 release".utf8), Array(consumer.utf8), Array(keyID.utf8), binding,
            Self.littleEndian(session), Self.littleEndian(cell), blockDigest, windowDigest,
        ]
        return fields.flatMap { Self.littleEndian(UInt32($0.count)) + $0 }
    }

    private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
