internal import CalibrationRecords
internal import Digests
internal import Foundation

/// One thing that somebody did, or asked for.
public struct AuditEntry: Codable, Sendable, Hashable {
    /// Who it was, as the kernel said.
    public struct Person: Codable, Sendable, Hashable {
        /// User number.
        public var uid: UInt32
        /// Process number.
        public var pid: Int32

        /// Somebody.
        public init(uid: UInt32, pid: Int32) {
            self.uid = uid
            self.pid = pid
        }
    }

    /// Version of this layout.
    public var version = 1
    /// Counts the entries of a file from 1.
    public var sequence: Int
    /// SHA-256 of the line before, 64 hexadecimal digits: zeros in the first file of a node, and in the first line of each
    /// further file that of the last line of the file before.
    public var previous: String
    /// When, by the wall clock, ISO 8601 with milliseconds.
    public var time: String
    /// The node.
    public var node: String
    /// Who; absent for what the agent did by itself.
    public var by: Person?
    /// What: `release`, `erase`, `zeroise`, or `begin`, `repair` and `stop` of the agent.
    public var verb: String
    /// `asked`, `done`, `refused` or `failed`.
    public var outcome: String
    /// The link, if it is about one.
    public var link: String?
    /// Why, in that person's words.
    public var reason: String?
    /// What became of it.
    public var detail: String?
}

/// A line of the log: an entry as it was signed, a space, and the Ed25519 signature in base64. Nothing is serialised again
/// to verify it.
struct AuditLine {
    let entry: AuditEntry
    /// Without the line feed.
    let bytes: [UInt8]

    /// Before the entry's bytes when they are signed, so that no other signature of the key can stand here.
    private static let context = Array("cvqkd audit log 1\n".utf8)

    /// SHA-256 of the line.
    var digest: String { Self.digest(bytes) }

    static func digest(_ bytes: [UInt8]) -> String {
        SHA256().digest(of: bytes).bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Signs an entry.
    init(_ entry: AuditEntry, with key: borrowing SigningKey) throws(AuditFault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let body = try? encoder.encode(entry) else { throw .notEncodable }
        let signature: Data
        do throws(RecordError) { signature = try key.sign(Data(Self.context) + body) } catch { throw .key(error) }
        self.entry = entry
        bytes = Array(body) + [UInt8(ascii: " ")] + Array(signature.base64EncodedString().utf8)
    }

    /// Reads a line; nil if it is not one, or not signed by this key.
    init?(_ bytes: [UInt8], signedBy key: PublicKey) {
        guard let space = bytes.lastIndex(of: UInt8(ascii: " ")),
            let signature = Data(base64Encoded: Data(bytes[(space + 1)...])),
            key.verifies(signature, of: Data(Self.context + bytes[..<space])),
            let entry = try? JSONDecoder().decode(AuditEntry.self, from: Data(bytes[..<space])), entry.version == 1
        else { return nil }
        self.entry = entry
        self.bytes = bytes
    }
}
