internal import CLibCrypto

/// The random key of one block: 256 bits in locked memory. Destroyed at the end of its life.
public struct BlockKey: ~Copyable, Sendable {
    private var buffer: SecretBuffer

    /// Bytes of a key.
    public static let byteCount = 32

    /// Memory for so many keys.
    public static func pool(_ count: Int) throws(RawKeyError) -> SecretPool {
        try SecretPool(buffers: count, bytes: byteCount)
    }

    /// A key from libcrypto's generator for secrets; nil if the pool has no room.
    ///
    /// Throws `.cipherFailed` if there are no random numbers.
    public static func random(in pool: SecretPool) throws(RawKeyError) -> BlockKey? {
        precondition(pool.bufferBytes >= byteCount)
        guard var buffer = pool.take() else { return nil }
        buffer.setCount(byteCount)
        let isDone = buffer.withBytes { bytes in
            // SAFETY: libcrypto writes 32 bytes to the buffer and does not keep the pointer.
            RAND_priv_bytes(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(byteCount)) == 1
        }
        guard isDone else { throw .cipherFailed(step: "random numbers for a block's key") }
        return BlockKey(buffer)
    }

    /// A key that somebody else made; nil if the pool has no room. The bytes are the caller's to destroy.
    public static func copy(of bytes: RawSpan, in pool: SecretPool) -> BlockKey? {
        precondition(bytes.byteCount == byteCount && pool.bufferBytes >= byteCount)
        guard var buffer = pool.take() else { return nil }
        buffer.append(bytes)
        return BlockKey(buffer)
    }

    private init(_ buffer: consuming SecretBuffer) { self.buffer = buffer }

    /// The key itself, in place. For a wrapping under another key, never for an array.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { buffer.bytes }
    }
}
