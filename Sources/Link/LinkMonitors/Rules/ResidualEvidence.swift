public import QuadratureAnalysis

/// The variances behind ξ̂ = (S² − V_on)/t².
///
/// ξ̂ in units of its σ is skewed, because σ comes from the same variances: with few vacuum and many training samples it
/// exceeds 6.4 σ twenty times too often. That ξ̂ is above L is the same as that S² is above V_on + Lt², and two variances
/// have a comparison that is normal far out (`VarianceComparison`).
public struct ResidualEvidence: Sendable, Hashable {
    /// S².
    public var residual: Estimate<RawVariance>
    /// V_on of the same window.
    public var vacuum: Estimate<RawVariance>
    /// t² with its uncertainty: LSB² per SNU of noise at the input.
    public var power: Estimate<RawVariance>

    /// The variances that an estimate came from; nil if its sums do not fit any more.
    public init?(_ health: LinkHealth) {
        guard let gain = try? health.training.fit() else { return nil }
        let scale = health.scale.value * health.scale.value
        residual = health.residualVariance
        vacuum = health.vacuumVariance
        power = Estimate(
            RawVariance(gain.squaredGain / scale), sigma: RawVariance(gain.squaredGainSigma / scale),
            samples: gain.residualVariance.samples)
    }

    /// Standard normal if ξ is `excess`, positive if ξ̂ is above; `spread` is the standard deviation of `excess` itself.
    func score(above excess: Double, spread: Double = 0) -> Double {
        let expected = vacuum.value.value + excess * power.value.value
        let (ofVacuum, ofPower, own) = (vacuum.sigma.value, excess * power.sigma.value, spread * power.value.value)
        let variance = ofVacuum * ofVacuum + ofPower * ofPower + own * own
        // σ of a variance V with ν degrees of freedom is V√(2/ν).
        func freedom(_ value: Double, _ variance: Double) -> Double { 2 * value * value / variance }
        return VarianceComparison(
            residual.value, freedom: freedom(residual.value.value, residual.sigma.value * residual.sigma.value),
            against: RawVariance(expected), freedom: freedom(expected, variance)
        ).score
    }
}
