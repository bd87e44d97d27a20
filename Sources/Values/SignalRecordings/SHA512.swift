internal import CLibCrypto

/// SHA-512, piece by piece. The state is libcrypto's, behind one owner.
struct SHA512: ~Copyable {
    private let context: OpaquePointer

    init() {
        // libcrypto fails here only when memory is out.
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha512(), nil) == 1 else {
            fatalError("libcrypto has no SHA-512")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    func add(_ bytes: RawSpan) {
        // SAFETY: libcrypto reads `count` bytes from the span's start and keeps no pointer.
        bytes.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// The digest in hexadecimal, lower case. Nothing may be added afterwards.
    func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 64)
        _ = EVP_DigestFinal_ex(context, &digest, nil)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
