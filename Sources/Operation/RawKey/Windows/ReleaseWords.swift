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

    /// That a window is revoked, where it lies, and why.
    static func revoked(_ ordinal: UInt64, _ cells: Range<UInt64>, _ reason: RevocationReason) -> ReleaseStatement {
        ReleaseStatement(
            step: .revoked,
            bytes: number(ordinal) + number(cells.lowerBound) + number(UInt64(cells.count)) + Data([reason.rawValue]))
    }

    /// What is said to be revoked; nil if it is nothing that can be.
    static func revocation(_ step: ReleaseStatement) -> (cells: Range<UInt64>, reason: RevocationReason)? {
        guard step.bytes.count == 25, let reason = step.bytes.last.flatMap(RevocationReason.init(rawValue:)) else {
            return nil
        }
        let bytes = Array(step.bytes)
        func number(_ at: Int) -> UInt64 { bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        let (first, count) = (number(8), number(16))
        guard first < 1 << 62, count > 0, count <= 1 << 20 else { return nil }
        return (first..<first + count, reason)
    }

    /// The window that a word is about; nil if it is none.
    static func ordinal(of step: ReleaseStatement) -> UInt64? {
        guard step.bytes.count == (step.step == .released ? 40 : 25) else { return nil }
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
