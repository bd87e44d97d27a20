/// What whoever owns a unit has to say before a session: records, counter, and whether it may be.
public struct EndConsent: Sendable {
    /// The calibration records that this end rests on, as signed.
    public var records: [EndFacts.SignedRecord]
    /// Sessions that this end has ever accepted on the link, this one included.
    public var counter: UInt64
    /// Public signing key of the node; empty without one.
    public var nodeKey: [UInt8]
    /// Draws the nonce of a session.
    public var nonce: @Sendable () -> SessionNonce
    /// Why a session must not be; nil if it may. Asked twice: with the proposal alone, and again with what the other end
    /// has said of itself, its records among it.
    public var refuses: @Sendable (LinkProposal, LinkAcceptance?) async -> String?

    /// Consents to everything, without records.
    public init(
        records: [EndFacts.SignedRecord] = [], counter: UInt64 = 0, nodeKey: [UInt8] = [],
        nonce: @escaping @Sendable () -> SessionNonce = { .random() },
        refuses: @escaping @Sendable (LinkProposal, LinkAcceptance?) async -> String? = { _, _ in nil }
    ) {
        self.records = records
        self.counter = counter
        self.nodeKey = nodeKey
        self.nonce = nonce
        self.refuses = refuses
    }
}
