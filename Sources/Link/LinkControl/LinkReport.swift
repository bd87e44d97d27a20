public import LinkMonitors
public import QuadratureAnalysis
public import UnitControl
public import UnitProtocol

/// Where a session stands: what a progress line shows, and what is left when it ends.
public struct LinkReport: Sendable {
    /// Session number.
    public var session: UInt64
    /// Purpose.
    public var purpose: SessionPurpose
    /// Account of Alice's stream.
    public var alice: StreamCounters
    /// Account of Bob's stream.
    public var bob: StreamCounters
    /// Vacuum quadrature samples so far.
    public var vacuumSamples: Int64
    /// Quadrature samples of dark frames so far; those from before the session are not among them.
    public var darkSamples: Int64
    /// Training symbols joined with their disclosure.
    public var trainingSymbols: Int64
    /// Training symbols without a disclosure, or before the delay was known.
    public var unmatchedSymbols: UInt64
    /// Training symbols that were the same in Alice's stream and in the disclosure.
    public var verifiedSymbols: UInt64
    /// Training frames that were not compared, with Alice's stream or with what Bob's unit called signal: nobody can say.
    public var uncheckedFrames: UInt64 = 0
    /// Training frames of Alice's so far.
    public var trainingFrames: UInt64 = 0
    /// Training frames of Alice's that Bob's end has not heard of yet. While a session runs some are always on their way; at
    /// its end there are none, or the comparison is not whole.
    public var pendingFrames: UInt64 = 0
    /// Delay of Bob's index against Alice's, symbols; nil until it is found.
    public var delay: Int?
    /// How often the delay was confirmed since.
    public var delayConfirmations: UInt64
    /// How training correlates, as far as that is in question: before the delay is found, and since it is in doubt; nil
    /// otherwise.
    public var correlation: StreamCorrelation?
    /// What is wrong now beyond lost frames; nil if nothing is.
    public var fault: LinkError?
    /// Where the shot noise stands, from the vacuum slots so far; nil before V_off is known.
    public var shotNoise: ShotNoiseState?
    /// The estimate from training: link health, not a security estimate; nil while there is too little data.
    public var health: LinkHealth?
    /// Why there is no estimate.
    public var noEstimate: EstimateFailure?

    /// Symbols that did not come, at both ends; the highest number there is if a unit's count runs away.
    public var missingSymbols: UInt64 { Self.sum(alice.missingSymbols, bob.missingSymbols) }
    /// Of these, the ones that a unit declares or that missing frames explain.
    public var declaredGapSymbols: UInt64 { Self.sum(alice.declaredGapSymbols, bob.declaredGapSymbols) }
    /// Of these, the ones in frames that came and were refused.
    public var refusedSymbols: UInt64 { Self.sum(alice.refusedSymbols, bob.refusedSymbols) }

    private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, isBeyond) = one.addingReportingOverflow(other)
        return isBeyond ? .max : sum
    }

    /// What must be printed beside every number of `health`.
    public static let label = "link health, not a security estimate"
}

/// The electronic noise of Bob, measured before a session with his light off.
public struct ElectronicNoiseMeasurement: Sendable {
    /// Sums over the samples.
    public var moments: ReceiverMoments
    /// Variance.
    public var variance: Estimate<RawVariance> { moments.variance }
}
