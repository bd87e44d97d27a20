public import QuadratureAnalysis

/// How Bob's vacuum samples follow Alice's words: a closed shutter that leaks lets her light through, and V_on contains
/// it.
public struct ShutterLeak: Sendable, Hashable {
    /// Power through the closed shutter relative to the open one, freed of the noise's bias; may be negative.
    public var relative: Estimate<Ratio>
    /// |ĝ| in σ of one component.
    public var significance: Double
    /// One standard deviation of a gain component squared, relative to the open link's gain squared: (σ_g/|g|)².
    public var unit: Double
    /// Degrees of freedom of σ_g.
    public var freedom: Double

    /// Bob's vacuum samples regressed on Alice's words, and the open link's regression.
    public init(closed: GainFit, open: GainFit) {
        relative = Estimate(
            Ratio(closed.squaredGain / open.squaredGain), sigma: Ratio(closed.squaredGainSigma / open.squaredGain),
            samples: closed.symbols)
        significance = closed.significance
        unit = closed.sigma * closed.sigma / open.squaredGain
        // g has two parameters, and each quadrature an intercept.
        freedom = Double(closed.residualVariance.samples - 4)
    }

    /// Symbols that were vacuum at Bob and training at Alice.
    public var symbols: Int64 { relative.samples }

    /// Standard normal above its median if vacuum does not follow her words.
    public var score: Double { NormalScore.gain(significance: significance, freedom: freedom) }

    /// The leak that |ĝ| exceeds by chance with probability `tail`: what so many symbols can show.
    public func visible(tail: Double) -> Double {
        NormalScore.squaredSignificance(tail: tail, freedom: freedom) * unit
    }
}
