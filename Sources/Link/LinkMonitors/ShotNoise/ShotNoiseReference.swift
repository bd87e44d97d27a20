public import QuadratureAnalysis

/// The V_on that a session is compared with.
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
    /// Age as a part of the calibration's useful life; 0 for what is of today.
    public var ageing: Double
    /// V_on as windows are compared with it.
    public var expected: ExpectedVacuum

    /// Vacuum samples as a reference; `expected` is V_on itself if nothing else is said.
    public init(
        vacuum: ReceiverMoments, localOscillatorPower: Double?, source: Source, ageing: Double = 0,
        expected: ExpectedVacuum? = nil
    ) {
        self.vacuum = vacuum
        self.localOscillatorPower = localOscillatorPower
        self.source = source
        self.ageing = ageing
        self.expected = expected ?? ExpectedVacuum(vacuum: vacuum, ageing: ageing)
    }

    /// V_on as it was found, with the uncertainty that its age has left it.
    public var variance: Estimate<RawVariance> { vacuum.variance(ageing) }
}

extension ReceiverMoments {
    /// Degrees of freedom, less what drift may have taken: σ² of V grows from u² to 2u² over the useful life.
    func freedom(_ ageing: Double) -> Double { Double(degreesOfFreedom) / (1 + max(0, ageing)) }

    /// The variance with the uncertainty that its age has left it.
    func variance(_ ageing: Double) -> Estimate<RawVariance> {
        let own = variance
        return Estimate(
            own.value, sigma: RawVariance(own.sigma.value * (1 + max(0, ageing)).squareRoot()), samples: own.samples)
    }
}
