/// What measured data say about a channel, each quantity with its standard deviation and with the bound that a key may
/// rest on.
public struct ChannelEstimate: Sendable, Hashable {
    /// A quantity with the bound on its harmful side that holds except with probability ε.
    public struct Bounded<Quantity: PhysicalQuantity>: Sendable, Hashable {
        /// Point estimate and standard deviation, unclamped.
        public var estimate: Estimate<Quantity>
        /// The bound; nil if the data are too few for one.
        public var worstCase: Quantity?
    }

    /// T; its worst case is T_min.
    public var transmittance: Bounded<Transmittance>
    /// ξ at the channel input; its worst case is ξ_max.
    public var excessNoise: Bounded<ExcessNoise<Plane.Input>>
    /// ξ at the channel output; its worst case is the upper bound. Its σ is not that of a product: ξ_in and T share V_on
    /// and the gain.
    public var excessNoiseAtOutput: Bounded<ExcessNoise<Plane.Output>>
    /// ξ in one quadrature at the detector; its worst case is the upper bound.
    public var excessNoiseAtDetector: Bounded<ExcessNoise<Plane.Detector>>
    /// v_el; its worst case is the lower bound: less noise that a trusted receiver may call its own.
    public var electronicNoise: Bounded<ShotNoiseUnits>
    /// V_A; its worst case is the upper bound.
    public var modulationVariance: Bounded<ShotNoiseUnits>
    /// t̂²V_A/S² in one measured quadrature; its worst case is the lower bound.
    public var signalToNoise: Bounded<Ratio>
    /// Rotation of Bob's axes against Alice's, rad.
    public var phase: Double
    /// Imbalance of Bob's quadratures, relative to |g|² (`GainFit.imagePower`).
    public var imagePower: Double
    /// Symbols that entered.
    public var symbols: Int64
    /// What the uncertainties consist of.
    public var budget: UncertaintyBudget

    /// T_min and ξ_max, if both exist and describe a channel.
    public var worstCase: WorstCase? {
        guard let low = transmittance.worstCase, let high = excessNoise.worstCase else { return nil }
        return WorstCase(transmittance: low, excessNoise: high)
    }
}

extension ChannelEstimate {
    /// What ξ̂ and its bound say together (physics.md §3). A negative ξ̂ is never clamped: it is told.
    public enum Verdict: Sendable, Hashable {
        /// ξ̂ ≥ 0.
        case plausible
        /// ξ̂ < 0 within its scatter: statistics. Its key rate is null, because no channel has negative noise.
        case negativeByStatistics(deviations: Double)
        /// ξ̂ < −zσ: V_on is over-estimated (attack, drift, shutter leak). An alarm; its absence proves nothing.
        case vacuumOverestimated(deviations: Double)
        /// ξ_max < 0: the data contradict the calibration, even with every uncertainty on Eve's side. Or ξ̂, its σ or
        /// its bound is not a number. Refused.
        case refused

        /// Whether the data may be used at all.
        public var isUsable: Bool {
            switch self {
            case .plausible, .negativeByStatistics: true
            case .vacuumOverestimated, .refused: false
            }
        }
    }

    /// Judges ξ̂. `threshold` is z, from a yearly budget of false alarms over blocks and tests.
    public func verdict(threshold: Double) -> Verdict {
        let deviations = excessNoise.estimate.deviation(from: ExcessNoise(0))
        // Written so that what is not a number is refused.
        guard deviations.isFinite, (excessNoise.worstCase?.value ?? 0) >= 0 else { return .refused }
        if deviations < -threshold { return .vacuumOverestimated(deviations: deviations) }
        return deviations < 0 ? .negativeByStatistics(deviations: deviations) : .plausible
    }
}
