public import CalibrationRecords
internal import DurableFiles
public import Foundation
internal import ForeignFiles
internal import UnitTransport

/// The log of who did what on a node: signed, chained, and on the disk before the deed is answered.
///
/// One program at a time, which its state folder's lock sees to. It goes on behind what an earlier run left, if that holds.
public final class AuditTrail: Sendable {
    private struct State: ~Copyable {
        var file: AppendedFile
        var count: Int
        var digest: String
        var setAside: Int
    }

    /// Where it is.
    public let path: String
    /// The node.
    public let node: String
    /// What was found wrong and mended when it was opened.
    public let repairs: [String]
    private let state: Guarded<State>
    private let key: Guarded<SigningKey>
    private let now: @Sendable () -> Date

    /// A new file is begun when one has so many bytes: a start reads it all.
    private static let mostBytes: Int64 = 8 << 20

    /// Opens a log, or begins it.
    ///
    /// A torn tail is cut. A log that does not hold, or is signed by another key, is set aside under another name, and a new
    /// one is begun behind it; both are entries of their own.
    public init(
        _ path: String, node: String, key: consuming sending SigningKey,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(AuditFault) {
        let publicKey: PublicKey
        do throws(RecordError) { publicKey = try key.publicKey() } catch { throw .key(error) }
        var repairs: [String] = []
        var (count, digest, setAside) = (0, AuditVerification.beginning, 0)
        var file = try Self.opened(path)
        let found = try AuditVerification(file: path, key: publicKey)
        (count, digest) = (found.entries.count, found.digest)
        do throws(FileFault) {
            switch found.damage {
            case nil: break
            case .tornTail(let bytes):
                try file.cut(to: found.bytes)
                repairs.append("\(path): \(AuditDamage.tornTail(bytes: bytes)). They were cut")
            case .some(let damage):
                let name = try Self.setAside(path, "broken", &setAside)
                repairs.append("\(path): \(damage). It was set aside as \(name)")
                file = try AppendedFile(path)
                count = 0
            }
        } catch {
            throw .unwritten(error)
        }
        state = Guarded(State(file: file, count: count, digest: digest, setAside: setAside))
        self.path = path
        self.node = node
        self.repairs = repairs
        self.key = Guarded(key)
        self.now = now
        for repair in repairs { try append("repair", outcome: "done", detail: repair) }
    }

    private static func opened(_ path: String) throws(AuditFault) -> AppendedFile {
        do throws(FileFault) { return try AppendedFile(path) } catch { throw .unwritten(error) }
    }

    /// Entries of the present file, and the digest of its newest line.
    public var end: (entries: Int, digest: String) { state.withLock { ($0.count, $0.digest) } }

    /// Adds an entry, and returns when it is on the disk.
    @discardableResult public func append(
        _ verb: String, outcome: String, by person: AuditEntry.Person? = nil, link: String? = nil,
        reason: String? = nil, detail: String? = nil
    ) throws(AuditFault) -> AuditEntry {
        let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(now())
        return try state.withLock { state throws(AuditFault) in
            if state.file.size >= Self.mostBytes { try Self.beginAnother(&state, path) }
            let entry = AuditEntry(
                sequence: state.count + 1, previous: state.digest, time: time, node: node, by: person, verb: verb,
                outcome: outcome, link: link, reason: reason, detail: detail)
            let line = try key.withLock { key throws(AuditFault) in try AuditLine(entry, with: key) }
            let bytes = line.bytes + [UInt8(ascii: "\n")]
            do throws(FileFault) { try state.file.append(bytes.span.bytes) } catch { throw .unwritten(error) }
            state.count += 1
            state.digest = line.digest
            return entry
        }
    }

    private static func beginAnother(_ state: inout State, _ path: String) throws(AuditFault) {
        do throws(FileFault) {
            _ = try setAside(path, "full", &state.setAside)
            state.file = try AppendedFile(path)
            state.count = 0
        } catch {
            throw .unwritten(error)
        }
    }

    /// Gives the file the first free name; which it is.
    private static func setAside(_ path: String, _ word: String, _ number: inout Int) throws(FileFault) -> String {
        let own = String(path.split(separator: "/").last ?? "audit.log")
        while true {
            number += 1
            do throws(FileFault) {
                try AppendedFile.setAside(path, as: "\(own).\(word)-\(number)")
                return "\(own).\(word)-\(number)"
            } catch {
                guard error.code == EEXIST, number < 100_000 else { throw error }
            }
        }
    }
}
