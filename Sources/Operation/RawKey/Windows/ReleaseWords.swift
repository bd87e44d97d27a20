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

    private static func number(_ value: UInt64) -> Data {
        Data((0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    }
}
