internal import CLibCrypto
public import Foundation

/// SHA-256 by libcrypto.
public enum Digest {
    /// The digest in lower-case hexadecimal, 64 characters: the name of a record.
    public static func sha256(_ data: Data) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let done = data.withUnsafeBytes { EVP_Digest($0.baseAddress, $0.count, &digest, &count, EVP_sha256(), nil) }
        // It fails only if libcrypto has no SHA-256 at all, and then nothing here can work.
        precondition(done == 1 && count == 32, "libcrypto has no SHA-256")
        return digest.map { String(format: "%02x", $0) }.joined()
    }

    /// Whether a text has the form of a record's name.
    public static func isName(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
