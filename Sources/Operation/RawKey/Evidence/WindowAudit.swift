public import CalibrationRecords
public import Foundation
public import RawKeyMessages
internal import SwiftProtobuf

/// A window judged again, from its record alone.
public struct WindowAudit: Sendable {
    /// One end's statement.
    public struct Statement: Sendable {
        /// As it was signed; nil if it cannot be read.
        public var statement: Cvqkd_Rawkey_V1_WindowStatement?
        /// The key that signed; nil if there is none.
        public var signer: PublicKey?
        /// What its numbers amount to.
        public var verdict: EvidenceVerdict?
        /// Every quantity as it follows from the statement's numbers.
        public var judged: [Cvqkd_Rawkey_V1_JudgedQuantity] = []
        /// What the statement says otherwise.
        public var contradictions: [String] = []
        /// SHA-256 of the statement.
        public var digest: [UInt8] = []
    }

    /// Bob's; nil if the record has none.
    public private(set) var receiver: Statement?
    /// Alice's; nil if the record has none.
    public private(set) var transmitter: Statement?
    /// How the window ended, as the record says.
    public private(set) var outcome: Cvqkd_Rawkey_V1_WindowOutcome = .unspecified
    /// Why keys were destroyed, as the record says.
    public private(set) var reason: Cvqkd_Rawkey_V1_RevocationReason = .unspecified
    /// Cells that both ends hold.
    public private(set) var common: [UInt64] = []
    /// What is wrong; empty if everything follows from the record.
    public internal(set) var findings: [EvidenceError] = []
    /// V_on of this window.
    public private(set) var vacuum: VacuumEstimate?

    /// Judges a record.
    ///
    /// - Parameter pinned: the nodes' keys; nil to believe the keys that the record brings along, which proves only that
    ///   their owners signed.
    public init(record bytes: Data, pinned: [PublicKey]?) {
        guard let record = try? Cvqkd_Rawkey_V1_WindowRecord(serializedBytes: bytes) else {
            findings = [.unreadable(what: "record")]
            return
        }
        (outcome, reason) = (record.outcome, record.reason)
        if record.hasReceiver { receiver = read(record.receiver, .bob, pinned) }
        if record.hasTransmitter { transmitter = read(record.transmitter, .alice, pinned) }
        if let bob = receiver?.statement, bob.hasReceiver { vacuum = try? VacuumEstimate([bob.receiver]) }
        if let signer = receiver?.signer, signer == transmitter?.signer {
            findings.append(.sameSigner(fingerprint: signer.fingerprint))
        }
        compareEnds()
        checkOutcome(record)
    }

    /// The statement of one end or the other: both are about the same window.
    public var anyStatement: Cvqkd_Rawkey_V1_WindowStatement? { receiver?.statement ?? transmitter?.statement }

    private mutating func read(
        _ signed: Cvqkd_Rawkey_V1_SignedStatement, _ end: Cvqkd_Rawkey_V1_End, _ pinned: [PublicKey]?
    ) -> Statement {
        var found = Statement()
        found.digest = StatementSigning.digest(of: signed)
        do throws(EvidenceError) {
            let statement = try StatementSigning.verifySelfSigned(signed)
            found.statement = statement
            found.signer = PublicKey(bytes: signed.publicKey)
            if let pinned, let signer = found.signer, !pinned.contains(signer) {
                findings.append(.notPinned(fingerprint: signer.fingerprint))
            }
            guard statement.end == end else { throw .wrongEnd }
            try StatementForm.checkShape(statement)
            found.judged = try StatementForm.judge(statement)
            found.verdict = EvidenceVerdict(found.judged)
            found.contradictions = try StatementForm.contradictions(of: statement)
            findings += found.contradictions.map { .contradictsItself(field: $0) }
        } catch { findings.append(error) }
        return found
    }

    private mutating func compareEnds() {
        guard let bob = receiver?.statement, let alice = transmitter?.statement,
            receiver?.contradictions.isEmpty == true, transmitter?.contradictions.isEmpty == true
        else { return }
        do throws(EvidenceError) {
            common = try WindowComparison.compare(own: bob, other: alice)
            if !alice.answers.isEmpty, Array(alice.answers) != receiver?.digest { throw .answersAnother }
        } catch  where !findings.contains(error) {
            findings.append(error)
        } catch {}
    }

    private mutating func checkOutcome(_ record: Cvqkd_Rawkey_V1_WindowRecord) {
        guard outcome == .released else {
            if outcome != .revoked { findings.append(.malformed(field: "outcome", reason: "it is not known")) }
            return
        }
        func refuse(_ reason: String) { findings.append(.unprovenRelease(reason: reason)) }
        guard let receiver, let transmitter else { return refuse("the statement of an end is missing") }
        guard receiver.verdict == .passed, transmitter.verdict == .passed else {
            return refuse("the evidence of an end does not pass")
        }
        if transmitter.statement?.answers.isEmpty != false { refuse("Alice's statement answers none of Bob's") }
        if common.isEmpty { refuse("no cell is held by both ends") }
        let digest = StatementSigning.windowDigest(receiver: record.receiver, transmitter: record.transmitter)
        if Array(record.digest) != digest { findings.append(.contradictsItself(field: "digest")) }
    }
}
