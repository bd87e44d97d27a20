public import QuadratureAnalysis

/// What a coordinator proposes to both ends.
public struct LinkProposal: Sendable, Equatable, Codable {
    /// Versions of these messages that the coordinator speaks.
    public var versions: [Int]
    /// Name of the link, the same at both nodes.
    public var link: String
    /// The session.
    public var plan: LinkPlan
    /// What both ends are to do with raw key, in bytes that `RawKey` reads; nil where none is made.
    public var terms: WireBytes?

    /// A proposal in this program's versions.
    public init(link: String, plan: LinkPlan, terms: WireBytes? = nil, versions: [Int] = [LinkEnvelope.version]) {
        self.terms = terms
        self.versions = versions
        self.link = link
        self.plan = plan
    }
}

/// An end's consent.
public struct LinkAcceptance: Sendable, Equatable, Codable {
    /// The version that it speaks from now on.
    public var version: Int
    /// Drawn for this session.
    public var nonce: SessionNonce
    /// Sessions that this end has ever accepted on the link, kept over restarts: a node whose disk was set back shows.
    public var counter: UInt64
    /// Public signing key of the node; empty for an end without one.
    public var nodeKey: [UInt8]
    /// Who it is and what it can do.
    public var facts: EndFacts

    /// An acceptance.
    public init(
        nonce: SessionNonce, counter: UInt64, facts: EndFacts, nodeKey: [UInt8] = [],
        version: Int = LinkEnvelope.version
    ) {
        self.version = version
        self.nonce = nonce
        self.counter = counter
        self.nodeKey = nodeKey
        self.facts = facts
    }
}

/// Both acceptances: each end makes the session of them itself and looks at the other one's records.
public struct BindOrder: Sendable, Equatable, Codable {
    /// Alice's.
    public var alice: LinkAcceptance
    /// Bob's.
    public var bob: LinkAcceptance

    /// Both.
    public init(alice: LinkAcceptance, bob: LinkAcceptance) {
        self.alice = alice
        self.bob = bob
    }
}

/// A step before the session.
public enum PrepareOrder: Sendable, Equatable, Codable {
    /// Bob, dark: sum so many samples of electronic noise on the unit.
    case electronicNoise(samples: UInt64)
    /// Bob: use sums of an earlier session of the same visit.
    case adopt(ReceiverMoments)
    /// Light on, shutter open; ready within the limit, s.
    case lightUp(within: Double)
}

/// What a step found.
public enum PrepareResult: Sendable, Equatable, Codable {
    /// V_off as sums.
    case electronicNoise(ReceiverMoments)
    /// Done.
    case done
}

/// How a unit began its session.
public struct StartResult: Sendable, Equatable, Codable {
    /// Number of the session on the unit's wire.
    public var session: UInt64
    /// Alice: quadrature of one step of her words, √SNU per LSB; 0 at Bob.
    public var sampleScale: Double
    /// Number of Bob's signal processing.
    public var filter: UInt16

    /// A beginning.
    public init(session: UInt64, sampleScale: Double, filter: UInt16) {
        self.session = session
        self.sampleScale = sampleScale
        self.filter = filter
    }
}

/// How a session is ended.
public struct StopOrder: Sendable, Equatable, Codable {
    /// Bob's unit ends by itself where Alice's ended, and gets a moment for it before it is told.
    public var follows: Bool

    /// An order.
    public init(follows: Bool) { self.follows = follows }
}
