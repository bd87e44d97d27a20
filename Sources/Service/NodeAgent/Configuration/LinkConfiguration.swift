public import CalibrationRecords
public import QuadratureAnalysis
public import UnitProtocol

/// One end of a link.
public struct LinkConfiguration: Sendable, Hashable {
    /// Which end is here.
    public enum End: String, Sendable, Hashable, CaseIterable {
        /// The transmitter.
        case alice
        /// The receiver.
        case bob
    }

    /// Its name, the same at both ends.
    public var id: String
    /// Which end is here.
    public var end: End
    /// Name of the unit that is this end.
    public var unit: String
    /// The other end's agent.
    public var peer: PeerConfiguration
    /// What sessions are for, over and over.
    public var purpose: SessionPurpose
    /// Whether blocks of emulated units are published.
    public var isTest: Bool
    /// Hz; nil for the highest that both units can do.
    public var symbolRate: Double?
    /// Share of the slots that Bob makes vacuum.
    public var vacuumFraction: Double
    /// Share of the slots that Alice makes training.
    public var trainingFraction: Double
    /// V_A per quadrature, SNU; nil for what the units usually do.
    public var modulationVariance: Double?
    /// When keys may be handed over.
    public var evidence: EvidenceConfiguration
    /// How often it may begin again by itself.
    public var attempts: AttemptLimits
    /// What its owner expects of it, to plan windows before a unit is asked; nil if nothing is said.
    public var expected: ExpectedLink?
}

/// Where the other end's agent is, and by what it is known.
public struct PeerConfiguration: Sendable, Hashable {
    /// Which side opens the channel. One listens, the other connects.
    public enum Side: String, Sendable, Hashable, CaseIterable {
        /// The other agent comes here.
        case listen
        /// This agent goes there.
        case connect
    }

    /// What is listened at, or connected to.
    public enum Address: Sendable, Hashable, CustomStringConvertible {
        /// A Unix socket.
        case unix(path: String)
        /// A host and a port; always with TLS 1.3.
        case tcp(host: String, port: UInt16)

        /// As the file has it.
        public var description: String {
            switch self {
            case .unix(let path): "unix:\(path)"
            case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
            }
        }
    }

    /// Who this side is in the channel, and who the other may be. It proves nothing about key.
    public struct TLS: Sendable, Hashable {
        /// PEM file of this side's certificate.
        public var certificateFile: String
        /// PEM file of its key, mode 0600.
        public var keyFile: String
        /// SHA-256 of the other side's certificate (DER), 32 bytes each; two during a rotation.
        public var pins: [[UInt8]]
    }

    /// Which side this is.
    public var side: Side
    /// Where.
    public var address: Address
    /// Only with TCP.
    public var tls: TLS?
    /// The other node's signing keys; two during a rotation.
    public var nodeKeys: [PublicKey]
}

/// When the keys of a window may be handed over. The same at both ends, or the session is refused.
public struct EvidenceConfiguration: Sendable, Hashable {
    /// How many standard deviations of V_on are compared with the null-key noise.
    public var boundSigmas: Double
    /// The share of ξ_null that they may reach.
    public var shareOfNullKey: Double
    /// Cells of a window; nil to plan it from loss and bound.
    public var cellsPerWindow: UInt64?
    /// Symbols that a key is made from, for the ξ_null of a key of finite size; nil for the asymptotic one.
    public var keyBlockSymbols: UInt64?
    /// How long the other end may take to answer a statement, s.
    public var deadline: Double

    /// What design and measurements say: 6.5 σ at a fifth of ξ_null.
    public static let usual = EvidenceConfiguration(boundSigmas: 6.5, shareOfNullKey: 0.2, deadline: 30)
}

/// No free tries: how often a link begins again by itself.
public struct AttemptLimits: Sendable, Hashable {
    /// Resumptions by itself after a revocation for a security reason, in 24 h.
    public var selfResumptions: Int
    /// Delay before the first of them, s; each further one waits twice as long.
    public var firstDelay: Double
    /// Whether the link stays still when they are used up, until an operator releases it. Only a test link may do without.
    public var latches: Bool

    /// None, and the latch.
    public static let usual = AttemptLimits(selfResumptions: 0, firstDelay: 60, latches: true)
}

/// What a link is expected to be.
public struct ExpectedLink: Sendable, Hashable {
    /// Loss of the channel, dB.
    public var loss: Decibels
    /// How Bob measures.
    public var detection: QuadratureAnalysis.Detection
    /// η of his receiver.
    public var efficiency: Double
    /// v_el, SNU.
    public var electronicNoise: Double
    /// β that the consumers' reconciliation reaches.
    public var reconciliation: Double
}
