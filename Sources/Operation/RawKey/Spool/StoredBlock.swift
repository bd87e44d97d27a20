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

    /// The key until it is wrapped for its consumer, then what it was wrapped in.
    private struct KeyPlace: ~Copyable {
        var key: BlockKey?
        var wrapped: KeyForConsumer?
    }

    private let contents: Guarded<SecretBuffer?>
    private let key: Guarded<KeyPlace>

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
        self.key = Guarded(KeyPlace(key: key, wrapped: nil))
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

    /// Copies ciphertext from `offset` on into `target`; false when it is gone, or when there is not so much.
    public func copyCiphertext(from offset: Int, into target: UnsafeMutableRawBufferPointer) -> Bool {
        contents.withLock { contents in
            guard contents != nil, offset >= 0, target.count <= byteCount - offset else { return false }
            contents?.bytes.extracting(offset..<offset + target.count).withUnsafeBytes { target.copyMemory(from: $0) }
            return true
        }
    }

    /// Whether the key is still here, or what was made of it for the consumer.
    public var hasKey: Bool { key.withLock { $0.key != nil || $0.wrapped != nil } }

    /// Whether the key was wrapped for its consumer, and is not destroyed.
    public var isWrapped: Bool { key.withLock { $0.wrapped != nil } }

    /// Forgets the ciphertext: whoever wants the block has it, or nobody may.
    public func dropCiphertext() {
        contents.withLock { contents in
            // The buffer goes back to its pool, which waits for nobody.
            _ = contents.take()
        }
    }

    /// Destroys the key, and what was made of it.
    public func destroyKey() {
        key.withLock { place in
            _ = place.key.take()
            place.wrapped = nil
        }
    }

    /// The key for its consumer, made once: `wrap` sees the key in place, and afterwards it exists in the wrapping only. The
    /// same wrapping is given again until the key is destroyed; nil from then on. Whoever destroys the key meanwhile waits.
    public func keyForConsumer<Failure: Error>(
        _ wrap: (RawSpan) throws(Failure) -> KeyForConsumer
    ) throws(Failure) -> KeyForConsumer? {
        try key.withLock { place throws(Failure) -> KeyForConsumer? in
            if let wrapped = place.wrapped { return wrapped }
            guard let key = place.key.take() else { return nil }
            do throws(Failure) {
                let wrapped = try Self.wrapped(key, wrap)
                place.wrapped = wrapped
                return wrapped
            } catch {
                place.key = consume key
                throw error
            }
        }
    }

    private static func wrapped<Failure: Error>(
        _ key: borrowing BlockKey, _ wrap: (RawSpan) throws(Failure) -> KeyForConsumer
    ) throws(Failure) -> KeyForConsumer { try wrap(key.bytes) }
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
