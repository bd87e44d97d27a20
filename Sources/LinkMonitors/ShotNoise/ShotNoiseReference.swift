public import QuadratureAnalysis

/// The V_on that a session is held against.
public struct ShotNoiseReference: Sendable, Hashable {
    /// Where it comes from.
    public enum Source: String, Sendable, Hashable {
        /// A calibration: an attack that runs from the first symbol on is seen.
        case calibration
        /// The session's own first windows: what was wrong from the start stays unseen.
        case firstWindows
    }

    /// Vacuum samples.
    public var vacuum: ReceiverMoments
    /// Mean power of the local oscillator over them, W; nil if it is not known.
    public var localOscillatorPower: Double?
    /// Where it comes from.
    public var source: Source

    /// Vacuum samples as a reference.
    public init(vacuum: ReceiverMoments, localOscillatorPower: Double?, source: Source) {
        self.vacuum = vacuum
        self.localOscillatorPower = localOscillatorPower
        self.source = source
    }
}
