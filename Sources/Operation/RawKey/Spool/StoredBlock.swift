internal import Digests
internal import UnitTransport

/// A sealed block as a node keeps it: header and tag, the ciphertext until a consumer has it, and the key until it was
/// handed over or destroyed. What is gone does not come back.
public final class StoredBlock: Sendable {
    /// Number of its session on the units' wire.
    public let session: UInt64
    /// Its place in the session's grid.
    public let cell: UInt64
    /// The header, as it was authenticated.
    public let header: [UInt8]
    /// What authenticates header and contents.
    public let tag: BlockTag
    /// SHA-256 over header and tag: the block's name.
    public let digest: [UInt8]
    /// Bytes of the ciphertext.
    public let byteCount: Int

    private let contents: Guarded<SecretBuffer?>
    private let key: Guarded<BlockKey?>
    private let handedOver = Guarded<KeyForConsumer?>(nil)

    /// A block that was sealed under `key` with `header` as associated data.
    public init(
        session: UInt64, cell: UInt64, header: [UInt8], tag: BlockTag, ciphertext: consuming SecretBuffer,
        key: consuming BlockKey
    ) {
        self.session = session
        self.cell = cell
        self.header = header
        self.tag = tag
        digest = Self.digest(header: header, tag: tag)
        byteCount = ciphertext.count
        contents = Guarded(ciphertext)
        self.key = Guarded(key)
    }

    /// SHA-256 over header and tag.
    public static func digest(header: [UInt8], tag: BlockTag) -> [UInt8] {
        SHA256().digest(of: header + tag.bytes).bytes
    }

    /// Bytes of the ciphertext, from `offset` on, at most so many; nil when it is gone.
    public func ciphertext(from offset: Int, count: Int) -> [UInt8]? {
        contents.withLock { contents -> [UInt8]? in
            guard contents != nil else { return nil }
            let end = min(byteCount, offset + count)
            guard offset >= 0, offset <= end else { return [] }
            return contents?.bytes.extracting(offset..<end).withUnsafeBytes { Array($0) }
        }
    }

    /// Whether the ciphertext is still here.
    public var hasCiphertext: Bool { contents.withLock { $0 != nil } }

    /// Whether the key is still here, or what was made of it for the consumer.
    public var hasKey: Bool { key.withLock { $0 != nil } || handedOver.withLock { $0 != nil } }

    /// Forgets the ciphertext: whoever wants the block has it, or nobody may.
    public func dropCiphertext() {
        contents.withLock { contents in
            // The buffer goes back to its pool, which waits for nobody.
            _ = contents.take()
        }
    }

    /// Destroys the key, and what was made of it.
    public func destroyKey() {
        key.withLock { key in _ = key.take() }
        handedOver.withLock { $0 = nil }
    }

    /// The key for its consumer, made once: `wrap` sees the key in place, and afterwards it exists in the wrapping only. The
    /// same wrapping is given again until the key is destroyed; nil from then on.
    public func keyForConsumer<Failure: Error>(
        _ wrap: (RawSpan) throws(Failure) -> KeyForConsumer
    ) throws(Failure) -> KeyForConsumer? {
        if let made = handedOver.withLock({ $0 }) { return made }
        let made = try key.withLock { key throws(Failure) -> KeyForConsumer? in
            let made = try key?.wrapped(wrap)
            key = nil
            return made
        }
        if let made { handedOver.withLock { $0 = made } }
        return made
    }
}

extension BlockKey {
    fileprivate borrowing func wrapped<Failure: Error>(
        _ wrap: (RawSpan) throws(Failure) -> KeyForConsumer
    ) throws(Failure) -> KeyForConsumer { try wrap(bytes) }
}

/// A block's key, encrypted to its consumer's public key (HPKE).
public struct KeyForConsumer: Sendable, Hashable {
    /// What the consumer's secret key makes the shared secret of.
    public var encapsulation: [UInt8]
    /// The key and its authentication.
    public var wrappedKey: [UInt8]
    /// Of the consumer's key.
    public var keyID: String

    /// A wrapped key.
    public init(encapsulation: [UInt8], wrappedKey: [UInt8], keyID: String) {
        self.encapsulation = encapsulation
        self.wrappedKey = wrappedKey
        self.keyID = keyID
    }
}
