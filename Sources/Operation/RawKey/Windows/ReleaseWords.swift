internal import CalibrationRecords
internal import Foundation
internal import LinkControl

/// The short words of a release: Bob's signed *released*, and *revoked*, which needs no signature because it can only stop
/// key.
enum ReleaseWords {
    private static let context = Data("cvqkd.rawkey.v1 released\n".utf8)

    /// Bob's word that a window with this digest is released.
    static func released(
        _ ordinal: UInt64, digest: [UInt8], key: NodeKey
    ) throws(RecordError) -> ReleaseStatement {
        let bytes = number(ordinal) + Data(digest)
        return ReleaseStatement(step: .released, bytes: bytes, signature: try key.sign(context + bytes))
    }

    /// That a window is revoked, where it lies, why, and what spoke against it at the end that says so.
    static func revoked(
        _ ordinal: UInt64, _ cells: Range<UInt64>, _ reason: RevocationReason, against: [String] = []
    ) -> ReleaseStatement {
        let names = Data(against.joined(separator: "\n").utf8.prefix(mostNames))
        return ReleaseStatement(
            step: .revoked,
            bytes: number(ordinal) + number(cells.lowerBound) + number(UInt64(cells.count)) + Data([reason.rawValue])
                + names)
    }

    /// What is said to be revoked; nil if it is nothing that can be. The names are for people: no limit rests on them.
    static func revocation(
        _ step: ReleaseStatement
    ) -> (cells: Range<UInt64>, reason: RevocationReason, against: [String])? {
        guard isRevocation(step), let reason = RevocationReason(rawValue: Array(step.bytes)[24]) else { return nil }
        let bytes = Array(step.bytes)
        func number(_ at: Int) -> UInt64 { bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        let (first, count) = (number(8), number(16))
        guard first < 1 << 62, count > 0, count <= 1 << 20 else { return nil }
        let names = String(decoding: bytes[25...], as: UTF8.self).split(separator: "\n").map {
            String(
                $0.unicodeScalars.map {
                    $0.properties.isAlphabetic || "0123456789 -_.:".unicodeScalars.contains($0)
                        ? Character($0) : "?"
                })
        }
        return (first..<first + count, reason, names)
    }

    /// Bytes of the names in a revocation, at most.
    private static let mostNames = 512

    private static func isRevocation(_ step: ReleaseStatement) -> Bool {
        (25...25 + mostNames).contains(step.bytes.count)
    }

    /// The window that a word is about; nil if it is none.
    static func ordinal(of step: ReleaseStatement) -> UInt64? {
        guard step.step == .released ? step.bytes.count == 40 : isRevocation(step) else { return nil }
        return step.bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }

    /// Whether a word is about this window, and one of the keys signed it.
    static func holds(_ step: ReleaseStatement, digest: [UInt8], keys: [PublicKey]) -> Bool {
        step.bytes.dropFirst(8).elementsEqual(digest)
            && keys.contains { $0.verifies(Data(step.signature), of: context + Data(step.bytes)) }
    }

    private static let lostContext = Data("cvqkd.rawkey.v1 outcomes\n".utf8)
    /// A statement of lost keys, as JSON. Numbers of 64 bits are texts.
    private struct LostStatement: Codable {
        struct Session: Codable {
            var session: String
            /// First and last cell of each interval.
            var cells: [[String]]
        }

        var link: String
        var lost: [Session]
    }
    /// Intervals of a statement, and bytes of one, at most.
    private static let (mostIntervals, mostBytes) = (1_024, 65_536)

    /// This end's signed word about keys that it released and that nobody took before they were gone.
    static func outcomes(
        _ lost: [LostCells], link: String, key: NodeKey
    ) throws(RecordError) -> ReleaseStatement {
        var left = mostIntervals
        let sessions = lost.map { lost in
            let intervals = lost.intervals.prefix(left)
            left -= intervals.count
            return LostStatement.Session(
                session: String(lost.session), cells: intervals.map { [String($0.lowerBound), String($0.upperBound)] })
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Texts always have a text.
        let bytes =
            (try? encoder.encode(LostStatement(link: link, lost: sessions.filter { !$0.cells.isEmpty }))) ?? Data()
        return ReleaseStatement(
            step: .outcomes, bytes: bytes, signature: try key.sign(lostContext + bytes))
    }

    /// What the other end says is lost there; nil if it is not signed by one of the keys, about another link, or unreadable.
    static func lost(_ step: ReleaseStatement, link: String, keys: [PublicKey]) -> [LostCells]? {
        let bytes = Data(step.bytes)
        guard bytes.count <= mostBytes,
            keys.contains(where: { $0.verifies(Data(step.signature), of: lostContext + bytes) }),
            let statement = try? JSONDecoder().decode(LostStatement.self, from: bytes), statement.link == link
        else { return nil }
        var (found, left) = ([LostCells](), 1 << 20)
        for session in statement.lost {
            guard let number = UInt64(session.session) else { return nil }
            var cells: [UInt64] = []
            for ends in session.cells {
                guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]), first <= last,
                    last - first < UInt64(left)
                else { return nil }
                left -= Int(last - first) + 1
                cells += first...last
            }
            found.append(LostCells(session: number, cells: cells))
        }
        return found
    }

    private static func number(_ value: UInt64) -> Data {
        Data((0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    }
}
