public import CalibrationRecords
public import ForeignFiles

/// A log that was read and verified, as far as it holds.
public struct AuditVerification: Sendable, Hashable {
    /// A file of the log; a new one is begun before it has half of that.
    public static let fileKind = ForeignFileKind("an audit log", mostBytes: 32 << 20)

    /// Entries that hold, in order, up to the first damage.
    public let entries: [AuditEntry]
    /// Nil if all of it holds.
    public let damage: AuditDamage?
    /// SHA-256 of the last line that holds; what a further line, or file, begins with.
    public let digest: String
    /// Bytes of what holds.
    public let bytes: Int64

    /// What the first line of a node's first log follows.
    public static let beginning = String(repeating: "0", count: 64)

    /// Whether a line that holds has this SHA-256.
    public func contains(_ digest: String) -> Bool { digests.contains(digest.lowercased()) }

    private let digests: Set<String>

    /// Verifies a file.
    public init(file: String, key: PublicKey) throws(AuditFault) {
        do throws(ForeignFileRefusal) {
            self.init(try ForeignFile.bytes(of: file, Self.fileKind, links: .refused), key: key)
        } catch {
            throw .unreadable(error)
        }
    }

    /// Verifies the bytes of a file.
    public init(_ bytes: [UInt8], key: PublicKey) {
        var entries: [AuditEntry] = []
        var damage: AuditDamage?
        var digests: Set<String> = []
        var previous: String?
        var start = 0
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                damage = .tornTail(bytes: bytes.count - start)
                break
            }
            let number = entries.count + 1
            guard let line = AuditLine(Array(bytes[start..<end]), signedBy: key) else {
                damage = .notSigned(line: number)
                break
            }
            guard line.entry.sequence == number, previous == nil || line.entry.previous == previous else {
                damage = .brokenChain(line: number)
                break
            }
            entries.append(line.entry)
            let digest = line.digest
            digests.insert(digest)
            previous = digest
            start = end + 1
        }
        self.entries = entries
        self.damage = damage
        self.digests = digests
        digest = previous ?? Self.beginning
        self.bytes = Int64(start)
    }
}
