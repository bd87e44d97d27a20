internal import UnitControl
public import UnitProtocol

/// What a pair's session is to be: the same for both ends.
public struct LinkPlan: Sendable, Equatable {
    /// Number that was never used before.
    public var session: UInt64
    /// Fixed for the session.
    public var purpose: SessionPurpose
    /// Symbols per second.
    public var symbolRate: Double
    /// Fraction of slots that Bob makes vacuum.
    public var vacuumFraction: Double
    /// Fraction of slots that Bob makes dark: local oscillator off, for V_off during the session.
    public var darkFraction: Double
    /// Fraction of slots that Alice makes training.
    public var trainingFraction: Double
    /// Modulation variance per quadrature, SNU.
    public var modulationVariance: Double
    /// Stride of stream frames, bytes.
    public var frameBytes: Int
    /// The session ends by itself after so many symbols; 0 for never.
    public var symbolLimit: UInt64

    /// A plan; the session number is drawn at random (64 bits: a repetition is out of the question, and a unit refuses
    /// its latest ones).
    public init(
        purpose: SessionPurpose, symbolRate: Double, vacuumFraction: Double = 0.1, trainingFraction: Double = 0.1,
        modulationVariance: Double = 5, frameBytes: Int = 16_384, symbolLimit: UInt64 = 0, darkFraction: Double = 0
    ) {
        session = .random(in: 1...UInt64.max)
        self.purpose = purpose
        self.symbolRate = symbolRate
        self.vacuumFraction = vacuumFraction
        self.trainingFraction = trainingFraction
        self.darkFraction = darkFraction
        self.modulationVariance = modulationVariance
        self.frameBytes = frameBytes
        self.symbolLimit = symbolLimit
    }

    /// Both ends have the same slots, so the larger sample format decides. A slot is a multiple of 8 symbols so that
    /// packed basis bits stay on byte borders.
    var symbolsPerFrame: UInt32 { StreamPlan.symbolsPerFrame(frameBytes: frameBytes, format: .xp16) / 8 * 8 }

    func alicePlan() -> StreamPlan {
        StreamPlan(
            session: session, purpose: purpose, frameBytes: frameBytes, symbolsPerFrame: symbolsPerFrame,
            symbolRate: symbolRate, trainingFraction: trainingFraction, symbolLimit: symbolLimit)
    }

    func bobPlan(deliversDisclosed: Bool) -> StreamPlan {
        StreamPlan(
            session: session, purpose: purpose, options: deliversDisclosed ? .deliverDisclosed : [],
            frameBytes: frameBytes, symbolsPerFrame: symbolsPerFrame, symbolRate: symbolRate,
            vacuumFraction: vacuumFraction, darkFraction: darkFraction)
    }
}
