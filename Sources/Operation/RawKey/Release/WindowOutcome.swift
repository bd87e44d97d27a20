/// Why the keys of a window were destroyed.
public enum RevocationReason: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// The evidence of this end is outside its limits.
    case ownEvidence = 1
    /// The other end says that its evidence is outside its limits.
    case peerEvidence = 2
    /// What the other end said is not of this window, not signed by its pinned key, or contradicts this end's record.
    case peerStatement = 3
    /// The other end did not answer in time.
    case deadline = 4
    /// The other end, or the channel to it, was lost.
    case peerLost = 5
    /// The session ended before the window had its samples.
    case insufficient = 6
    /// Somebody zeroised this node.
    case zeroised = 7
    /// The agent was restarted, and the keys were in memory only.
    case interrupted = 8

    /// Whether it counts as a sign of an attack, which latches the link.
    public var isSecurity: Bool {
        switch self {
        case .ownEvidence, .peerEvidence, .peerStatement, .zeroised: true
        case .deadline, .peerLost, .insufficient, .interrupted: false
        }
    }

    /// What it is for the end that is told of it: whether it could be an attack stays the same.
    public var atTheOtherEnd: RevocationReason {
        if isSecurity { return .peerEvidence }
        return self == .insufficient ? .insufficient : .peerLost
    }

    /// In words.
    public var description: String {
        switch self {
        case .ownEvidence: "the evidence of this end is outside its limits"
        case .peerEvidence: "the evidence of the other end is outside its limits"
        case .peerStatement: "the statement of the other end does not hold"
        case .deadline: "the other end did not answer in time"
        case .peerLost: "the other end was lost"
        case .insufficient: "the session ended before the window had its samples"
        case .zeroised: "this node was zeroised"
        case .interrupted: "the agent was restarted"
        }
    }
}

/// What became of a window at one end. Never changes.
public enum WindowOutcome: Sendable, Hashable {
    /// The keys of the cells that both ends hold were handed over: "evidence rule passed", not "secure".
    case released
    /// They were destroyed.
    case revoked(RevocationReason)
}
