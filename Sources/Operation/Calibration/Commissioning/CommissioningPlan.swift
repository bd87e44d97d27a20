public import UnitProtocol

/// How an installation is to be commissioned.
public struct CommissioningPlan: Sendable {
    /// What is known of the fibre before anybody is asked.
    public var fibre = KnownFibre()
    /// The receiver's step.
    public var receiver = BobPlan()
    /// Reads the light of known power for the receiver's efficiency; nil if there is none.
    public var powerReading: (@Sendable () async throws -> OpticalPowerReading)?
    /// Modulation variance per quadrature, SNU; nil for 5 or Alice's maximum.
    public var modulationVariance: Double?
    /// Symbols per second, from both units' data and the part that is disclosed.
    public var symbolRate: @Sendable (_ alice: Capabilities, _ bob: Capabilities, _ disclosed: Double) -> Double
    /// Time that both units stay lit after they say that they are stable, s.
    public var hold = 0.0
    /// Streaming time of the soak in all, s.
    public var soak = 3600.0
    /// Streaming time of an interval, s: of the pair's step, and of each point of the soak.
    public var interval = 10.0
    /// Longest warm-up, s; nil for twice what the units state, and a little.
    public var warmUpLimit: Double?
    /// Whether a step whose results are outside limits is gone on from without a question.
    public var acceptsFailures = false

    /// A plan with defaults.
    public init(
        symbolRate: @escaping @Sendable (_ alice: Capabilities, _ bob: Capabilities, _ disclosed: Double) -> Double
    ) { self.symbolRate = symbolRate }

    /// What is known of the fibre.
    public struct KnownFibre: Sendable, Hashable {
        /// Whether it was measured with both units disconnected, and is coupled again.
        public var wasDisconnected = false
        /// Loss, dB, or the file that has it.
        public var answer: FibreAnswer?
        /// Standard uncertainty of a loss that is entered, dB.
        public var lossSigma = 0.1
        /// Optical return loss, dB.
        public var returnLoss: Double?
        /// Doubts about the answer that are known and accepted.
        public var accepted: Set<FibreDoubt.Name> = []
        /// Whether the connectors were inspected before they were coupled.
        public var wasInspected = false
        /// Optical power at Bob's end after it was coupled, W.
        public var receivedPower: Double?

        /// Nothing yet.
        public init() {}
    }
}
