public import ForeignFiles
internal import Foundation

/// A consumer's public key, as a file of the configuration has it.
public enum ConsumerKeyFile {
    /// Why a file is no such key.
    public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// It cannot be read.
        case unreadable(ForeignFileRefusal)
        /// It has another content.
        case notAKey(file: String, bytes: Int)

        /// The fact in a sentence.
        public var description: String {
            switch self {
            case .unreadable(let refusal): refusal.description
            case .notAKey(let file, let bytes):
                "\(file) is not an X-Wing public key: \(ConsumerKeyFile.keyBytes) bytes as they are, in base64 or in "
                    + "hexadecimal are expected, and it has \(bytes) bytes of something else"
            }
        }
    }

    /// Bytes of an X-Wing public key: ML-KEM-768 and X25519.
    public static let keyBytes = 1_216
    private static let kind = ForeignFileKind("a consumer's public key", mostBytes: 64 << 10)

    /// Reads a key. Which of the three forms it has is told by its length.
    public static func read(_ file: String) throws(Refusal) -> [UInt8] {
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) { bytes = try ForeignFile.bytes(of: file, kind) } catch {
            throw .unreadable(error)
        }
        if bytes.count == keyBytes { return bytes }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        if let key = Hexadecimal.bytes(text), key.count == keyBytes { return key }
        if let key = Data(base64Encoded: text), key.count == keyBytes { return Array(key) }
        throw .notAKey(file: file, bytes: bytes.count)
    }
}
