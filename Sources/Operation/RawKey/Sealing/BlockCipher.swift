internal import CLibCrypto

/// What authenticates a sealed block and its header.
public struct BlockTag: Sendable, Hashable {
    /// The first 8 bytes, little-endian, and the next 8: as they lie in memory.
    var words: (first: UInt64, second: UInt64) = (0, 0)

    /// Bytes of a tag.
    public static let byteCount = 16

    /// All zero, to be filled.
    init() {}

    /// From its 16 bytes; nil for another number of bytes.
    public init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// Its 16 bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// Two tags are equal if their bytes are.
    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    /// By its bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.first)
        hasher.combine(words.second)
    }
}

/// AES-256-GCM by libcrypto, in place: one message per key, so that the nonce is all zero (NIST SP 800-38D asks that no
/// pair of key and nonce comes twice). The block's header is associated data.
///
/// While it works the cipher's round keys stand in libcrypto's memory, which it overwrites when the message is done.
/// Not for several threads at once: whoever seals has its own.
public final class BlockCipher {
    // SAFETY: made in `init`, freed in `deinit`, never handed out.
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    private static let nonce = [UInt8](repeating: 0, count: 12)

    /// A cipher whose known answers came out.
    ///
    /// Throws `.selfTestFailed` or `.cipherFailed`.
    public convenience init() throws(RawKeyError) {
        try self.init(untried: ())
        try CipherSelfTest.run(self)
    }

    private init(untried: Void) throws(RawKeyError) {
        // Asked for once: to look it up for each block would cost as much as sealing a small one.
        guard let algorithm = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            throw .cipherFailed(step: "AES-256-GCM is not there")
        }
        guard let context = EVP_CIPHER_CTX_new() else {
            EVP_CIPHER_free(algorithm)
            throw .cipherFailed(step: "memory for a cipher")
        }
        self.context = context
        self.algorithm = algorithm
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
        EVP_CIPHER_free(algorithm)
    }

    /// Turns a block's contents into ciphertext, in place.
    ///
    /// Throws `.cipherFailed`; what is in the buffer then is neither.
    public func seal(
        _ block: inout SecretBuffer, header: RawSpan, key: borrowing BlockKey
    ) throws(RawKeyError) -> BlockTag {
        try seal(&block, header: header, key: key.bytes, nonce: Self.nonce.span.bytes)
    }

    /// Turns a sealed block back, in place.
    ///
    /// Throws `.notAuthentic` if header, contents, tag and key are not of one block: the contents are overwritten then.
    public func open(
        _ block: inout SecretBuffer, header: RawSpan, tag: BlockTag, key: borrowing BlockKey
    ) throws(RawKeyError) {
        var tag = tag
        block.markSecret()
        let isReady =
            begin(key: key.bytes, nonce: Self.nonce.span.bytes, seals: false)
            && update(associated: header)
            && block.withBytes { run(in: $0) }
        guard isReady else {
            end()
            throw .cipherFailed(step: "opening a block")
        }
        var rest: Int32 = 0
        let isAuthentic = withUnsafeMutableBytes(of: &tag.words) { bytes in
            // SAFETY: libcrypto reads 16 bytes of the tag; nothing is written behind the last whole block of GCM.
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(BlockTag.byteCount), bytes.baseAddress) == 1
                && EVP_DecryptFinal_ex(context, nil, &rest) == 1
        }
        end()
        guard isAuthentic else {
            block.withBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
            throw .notAuthentic
        }
    }

    func seal(
        _ block: inout SecretBuffer, header: RawSpan, key: RawSpan, nonce: RawSpan
    ) throws(RawKeyError) -> BlockTag {
        var tag = BlockTag()
        var rest: Int32 = 0
        let isDone =
            begin(key: key, nonce: nonce, seals: true)
            && update(associated: header)
            && block.withBytes { run(in: $0) }
            // SAFETY: GCM has nothing left at the end, so that nothing is written; libcrypto writes 16 bytes of tag.
            && EVP_EncryptFinal_ex(context, nil, &rest) == 1
            && withUnsafeMutableBytes(of: &tag.words) { bytes in
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(BlockTag.byteCount), bytes.baseAddress) == 1
            }
        end()
        guard isDone else { throw .cipherFailed(step: "sealing a block") }
        block.markSealed()
        return tag
    }

    private func begin(key: RawSpan, nonce: RawSpan, seals: Bool) -> Bool {
        key.withUnsafeBytes { key in
            nonce.withUnsafeBytes { nonce in
                // SAFETY: libcrypto reads 32 bytes of the key and 12 of the nonce, and keeps neither pointer.
                EVP_CipherInit_ex2(
                    context, algorithm, key.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    nonce.baseAddress?.assumingMemoryBound(to: UInt8.self), seals ? 1 : 0, nil) == 1
            }
        }
    }

    private func update(associated header: RawSpan) -> Bool {
        header.withUnsafeBytes { header in
            guard !header.isEmpty else { return true }
            var written: Int32 = 0
            // SAFETY: without an output the input is associated data; it is read during the call.
            return EVP_CipherUpdate(
                context, nil, &written, header.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(header.count))
                == 1
        }
    }

    private func run(in bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return true }
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var written: Int32 = 0
        // SAFETY: in place over the whole buffer; libcrypto allows equal addresses, and GCM writes as many bytes as it reads.
        return EVP_CipherUpdate(context, start, &written, start, Int32(bytes.count)) == 1
            && Int(written) == bytes.count
    }

    /// Overwrites the round keys. The algorithm has to be set again, which `begin` does.
    private func end() { EVP_CIPHER_CTX_reset(context) }
}
