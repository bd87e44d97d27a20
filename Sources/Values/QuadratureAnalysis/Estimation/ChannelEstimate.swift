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
    /// S²: variance of Bob's samples about the fit, LSB².
    public var residualVariance: Estimate<RawVariance>
    /// Rotation of Bob's axes against Alice's, rad.
    public var phase: Double
    /// Imbalance of Bob's quadratures, relative to |g|² (`GainFit.imagePower`).
    public var imagePower: Double
    /// Symbols that entered.
    public var symbols: Int64
    /// What the uncertainties consist of.
    public var budget: UncertaintyBudget

    /// T_min and ξ_max; nil if the data are too few for one of them, and then nothing is known of Eve.
    public var worstCase: WorstCase? {
        guard let low = transmittance.worstCase, let high = excessNoise.worstCase else { return nil }
        return WorstCase(transmittance: low, excessNoise: high)
    }
}
