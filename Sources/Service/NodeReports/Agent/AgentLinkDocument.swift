public import Foundation

/// One end of a link, as its agent sees it.
public struct AgentLinkDocument: Codable, Sendable, Hashable {
    /// How windows ended.
    public struct Windows: Codable, Sendable, Hashable {
        /// Windows that ended in any way.
        public var attempted = 0
        /// Raw key was released: the evidence rule passed, which does not mean "secure".
        public var passed = 0
        /// Keys were destroyed for what evidence or statements said.
        public var revoked = 0
        /// Keys were destroyed because the peer, the unit or this program was lost.
        public var interrupted = 0
        /// The session ended before the window had its samples.
        public var insufficient = 0

        /// None yet.
        public init() {}
    }

    /// How often the link may begin again by itself.
    public struct Attempts: Codable, Sendable, Hashable {
        /// Resumptions by itself in the last 24 h, after a revocation for a security reason.
        public var used: Int
        /// As many are allowed.
        public var allowed: Int
        /// When the next one begins, s from now; null if none waits.
        @ExplicitNull public var nextInSeconds: Double?

        /// Attempts.
        public init(used: Int, allowed: Int, nextInSeconds: Double? = nil) {
            self.used = used
            self.allowed = allowed
            self.nextInSeconds = nextInSeconds
        }
    }

    /// What an evidence window takes, as it was planned for the latest session.
    public struct WindowPlan: Codable, Sendable, Hashable {
        /// Samples of vacuum, those of both quadratures counted together.
        public var vacuumSamples: WideNumber
        /// Symbols of all kinds.
        public var symbols: WideNumber
        /// Blocks at each end.
        public var blocks: WideNumber
        /// s.
        public var seconds: Double
        /// Raw key at each end, at most.
        public var bytes: WideNumber
        /// ξ_null at the input, SNU.
        public var nullKeyNoise: Double
        /// Whether ξ_null is that of a key of finite size.
        public var isFiniteSize: Bool
        /// ξ at the input that an error of V_on could hide, SNU.
        public var hiddenExcessNoise: Double
        /// Share of a window over which an intercept-resend of all symbols could stay unseen.
        public var unseenShare: Double
        /// T that it was planned with.
        public var transmittance: Double

        /// A plan.
        public init(
            vacuumSamples: WideNumber, symbols: WideNumber, blocks: WideNumber, seconds: Double, bytes: WideNumber,
            nullKeyNoise: Double, isFiniteSize: Bool, hiddenExcessNoise: Double, unseenShare: Double,
            transmittance: Double
        ) {
            self.vacuumSamples = vacuumSamples
            self.symbols = symbols
            self.blocks = blocks
            self.seconds = seconds
            self.bytes = bytes
            self.nullKeyNoise = nullKeyNoise
            self.isFiniteSize = isFiniteSize
            self.hiddenExcessNoise = hiddenExcessNoise
            self.unseenShare = unseenShare
            self.transmittance = transmittance
        }
    }

    /// Raw key that waits for its consumer.
    public struct Spool: Codable, Sendable, Hashable {
        /// `memory` or `durable`.
        public var policy: String
        /// Blocks.
        public var blocks: Int
        /// Bytes that they take.
        public var bytes: WideNumber
        /// Bytes that they may take.
        public var quotaBytes: WideNumber
        /// Whether the stream was stopped because the mark was reached.
        public var isFull: Bool
        /// Newest position.
        public var newest: WideNumber

        /// A spool.
        public init(
            policy: String, blocks: Int, bytes: WideNumber, quotaBytes: WideNumber, isFull: Bool, newest: WideNumber
        ) {
            self.policy = policy
            self.blocks = blocks
            self.bytes = bytes
            self.quotaBytes = quotaBytes
            self.isFull = isFull
            self.newest = newest
        }
    }

    /// Somebody who gets raw key, or what is known about it.
    public struct Consumer: Codable, Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Path of its socket.
        public var socket: String
        /// Whether it gets no key.
        public var isMetadataOnly: Bool

        /// A consumer.
        public init(name: String, socket: String, isMetadataOnly: Bool) {
            self.name = name
            self.socket = socket
            self.isMetadataOnly = isMetadataOnly
        }
    }

    /// Its name.
    public var id: String
    /// `alice` or `bob`.
    public var end: String
    /// Selector of the unit.
    public var unit: String
    /// Where the other end's agent is.
    public var peer: String
    /// `key`, `calibration` or `test`.
    public var purpose: String
    /// Whether blocks of emulated units are published.
    public var isTest: Bool
    /// `idle`, `waiting`, `preparing`, `running`, `latched`, `stopped` or `zeroised`.
    public var state: String
    /// Why it has this state.
    public var reason: String
    /// Since when.
    public var since: Date
    /// How long, s.
    public var ageSeconds: Double
    /// The running session: sixteen hexadecimal digits; null if none runs.
    @ExplicitNull public var session: String?
    /// Resumptions by itself.
    public var attempts: Attempts
    /// Windows since the agent began.
    public var startWindows: Windows
    /// Windows of the last 24 h.
    public var dayWindows: Windows
    /// What a window takes; null before the first session, and at Alice's node, which plans none.
    @ExplicitNull public var windowPlan: WindowPlan?
    /// Raw key that waits.
    public var spool: Spool
    /// Its consumers.
    public var consumers: [Consumer]

    /// A link.
    public init(
        id: String, end: String, unit: String, peer: String, purpose: String, isTest: Bool, state: String,
        reason: String, since: Date, ageSeconds: Double, session: String?, attempts: Attempts,
        startWindows: Windows = Windows(), dayWindows: Windows = Windows(), windowPlan: WindowPlan? = nil, spool: Spool,
        consumers: [Consumer]
    ) {
        self.id = id
        self.end = end
        self.unit = unit
        self.peer = peer
        self.purpose = purpose
        self.isTest = isTest
        self.state = state
        self.reason = reason
        self.since = since
        self.ageSeconds = ageSeconds
        self.session = session
        self.attempts = attempts
        self.startWindows = startWindows
        self.dayWindows = dayWindows
        self.windowPlan = windowPlan
        self.spool = spool
        self.consumers = consumers
    }
}
