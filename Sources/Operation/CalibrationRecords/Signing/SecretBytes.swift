internal import CLibCrypto
internal import Foundation

/// Bytes of a secret: one owner, wiped when it goes. Never in `Data` or `Array`, which leave copies behind.
struct SecretBytes: ~Copyable {
    /// The memory; valid as long as this value is.
    let bytes: UnsafeMutableRawBufferPointer

    /// `count` zeros.
    init(count: Int) {
        bytes = .allocate(byteCount: count, alignment: 16)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    /// `count` bytes from libcrypto's generator for secrets.
    static func random(count: Int) throws(RecordError) -> SecretBytes {
        let secret = SecretBytes(count: count)
        guard
            RAND_priv_bytes(secret.bytes.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(count)) == 1
        else { throw .crypto(action: "draw random bytes") }
        return secret
    }
}
