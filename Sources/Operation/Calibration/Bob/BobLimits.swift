public import CalibrationRecords

/// What a receiver is judged by. The reasons are in docs/calibration.md.
public struct BobLimits: Sendable, Hashable {
    /// 10 log10(V_on/V_off), dB. At 8 dB the electronic noise is 0.19 SNU and costs key; below 5 dB it rules.
    public var clearance = AcceptanceLimits(minimum: 5, marginalMinimum: 8)
    /// V_on − V_off over its own uncertainty: there must be shot noise at all.
    public var shotNoiseSignificance = AcceptanceLimits(minimum: 10)
    /// Clipped samples. One is too many: a clipped variance is a censored one.
    public var clippedSamples = AcceptanceLimits(maximum: 0)
    /// bP²/(aP) at nominal power. 1 % of N0 is 0.01 SNU in V_on: as much as the whole excess noise of a good link.
    public var quadraticShare = AcceptanceLimits(
        minimum: -0.05, maximum: 0.05, marginalMinimum: -0.01, marginalMaximum: 0.01)
    /// R² of V(P).
    public var determination = AcceptanceLimits(minimum: 0.99, marginalMinimum: 0.999)
    /// Mean of a quadrature over √N0. Variances are about the mean, so an offset does no harm until it eats the range.
    public var offset = AcceptanceLimits(minimum: -1, maximum: 1, marginalMinimum: -0.3, marginalMaximum: 0.3)
    /// Gain of x over gain of p.
    public var gainRatio = AcceptanceLimits(minimum: 0.8, maximum: 1.25, marginalMinimum: 0.95, marginalMaximum: 1.05)
    /// The worst sixteenth of the band, dB. Below 3 dB the electronics are as loud there as the vacuum.
    public var bandClearance = AcceptanceLimits(minimum: 3, marginalMinimum: 6)
    /// Clip limit over √V_on. Signal makes σ up to 2.6 times as large (V_A = 20 SNU, no loss), and 6σ of that must fit.
    public var headroom = AcceptanceLimits(minimum: 10, marginalMinimum: 16)
    /// 1/(12 N0), SNU.
    public var quantisationNoise = AcceptanceLimits(maximum: 0.01, marginalMaximum: 0.001)
    /// Correlation of neighbours, and of x and p. At σ = 0.004 (65,536 samples) five σ are 0.02.
    public var correlation = AcceptanceLimits(
        minimum: -0.1, maximum: 0.1, marginalMinimum: -0.03, marginalMaximum: 0.03)
    /// Life of V_on, s.
    public var usefulLife = AcceptanceLimits(minimum: 600, marginalMinimum: 3600)
    /// Photocurrent's efficiency over the stated one.
    public var efficiencyRatio = AcceptanceLimits(
        minimum: 0.8, maximum: 1.2, marginalMinimum: 0.9, marginalMaximum: 1.1)

    /// 3 ± 6σ, and marginal beyond 4.5σ: once in 150,000 sound receivers.
    func kurtosis(samples: Int) -> AcceptanceLimits {
        let sigma = (24 / Double(max(1, samples))).squareRoot()
        return AcceptanceLimits(
            minimum: 3 - 6 * sigma, maximum: 3 + 6 * sigma, marginalMinimum: 3 - 4.5 * sigma,
            marginalMaximum: 3 + 4.5 * sigma)
    }

    /// The limits of the document.
    public init() {}
}
