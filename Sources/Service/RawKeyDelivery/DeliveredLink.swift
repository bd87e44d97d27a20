public import RawKey
public import RawKeyMessages
internal import UnitTransport

/// One end of a link whose raw key is delivered. Servers share it: raw key goes to one consumer at a time, whichever socket
/// it comes by.
public final class DeliveredLink: Sendable {
    /// Its name in the agent's configuration.
    public let name: String
    /// Which end is here.
    public let end: Cvqkd_Rawkey_V1_End
    /// Whether its units may be emulated ones.
    public let isTest: Bool
    /// The public key that this agent signs with.
    public let nodeKey: [UInt8]
    /// The public key that the other end's agent signs with.
    public let peerKey: [UInt8]
    /// What there is to deliver.
    public let spool: BlockSpool

    private struct Leases {
        var holder: (consumer: String, number: UInt64)?
        var next: UInt64 = 0
    }
    private let leases = Guarded(Leases())

    /// A link.
    public init(
        name: String, end: Cvqkd_Rawkey_V1_End, isTest: Bool, nodeKey: [UInt8], peerKey: [UInt8], spool: BlockSpool
    ) {
        self.name = name
        self.end = end
        self.isTest = isTest
        self.nodeKey = nodeKey
        self.peerKey = peerKey
        self.spool = spool
    }

    /// The consumer that has the raw key's stream at the moment.
    public var holder: String? { leases.withLock { $0.holder?.consumer } }

    /// Takes the one stream of raw key. Nil if somebody has it.
    func lease(to consumer: String) -> UInt64? {
        leases.withLock { leases in
            guard leases.holder == nil else { return nil }
            leases.next += 1
            leases.holder = (consumer, leases.next)
            return leases.next
        }
    }

    /// Gives it back.
    func endLease(_ number: UInt64) {
        leases.withLock { leases in
            if leases.holder?.number == number { leases.holder = nil }
        }
    }
}
