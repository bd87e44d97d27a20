internal import CLibCrypto

/// SHA-256 by libcrypto, over bytes in place. One context serves all calls: hashing a frame allocates nothing.
///
/// Not for several threads at once: whoever hashes has its own.
public final class SHA256 {
    // SAFETY: made in `init`, freed in `deinit`, never handed out; libcrypto's digest is a constant of the library.
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    /// libcrypto shall not clean up when the program exits: a thread that still hashes then would find its locks gone.
    private static let outlivesExit: Void = {
        _ = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }()

    /// A hasher.
    public init() {
        _ = Self.outlivesExit
        guard let context = EVP_MD_CTX_new(), let algorithm = EVP_sha256() else {
            // Nothing here can work without it.
            preconditionFailure("libcrypto has no SHA-256, or memory is out")
        }
        self.context = context
        self.algorithm = algorithm
    }

    deinit { EVP_MD_CTX_free(context) }

    /// The digest of some bytes.
    public func digest(of bytes: RawSpan) -> SHA256Digest {
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let done = bytes.withUnsafeBytes { bytes in
            withUnsafeMutableBytes(of: &digest) { digest in
                // SAFETY: libcrypto reads `count` bytes, writes 32 to `digest`, and keeps neither pointer.
                EVP_DigestInit_ex(context, algorithm, nil) == 1
                    && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
                    && EVP_DigestFinal_ex(context, digest.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1
            }
        }
        precondition(done, "libcrypto refuses SHA-256")
        return SHA256Digest(
            words: (digest.0.bigEndian, digest.1.bigEndian, digest.2.bigEndian, digest.3.bigEndian))
    }

    /// The digest of some bytes.
    public func digest(of bytes: [UInt8]) -> SHA256Digest { digest(of: bytes.span.bytes) }
}

/// 32 bytes that stand for others.
public struct SHA256Digest: Sendable {
    /// The bytes as big-endian words, first ones first.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// The first 128 bits: enough to tell frames apart, as nobody can make two of the same in 2^64 trials.
    public var truncated: TruncatedDigest { TruncatedDigest(high: words.0, low: words.1) }

    /// All 32 bytes.
    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        }
    }
}

/// The first 128 bits of a SHA-256.
public struct TruncatedDigest: Sendable, Hashable, Codable {
    /// The first 8 bytes, big-endian.
    public var high: UInt64
    /// The next 8 bytes, big-endian.
    public var low: UInt64

    /// Both halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
