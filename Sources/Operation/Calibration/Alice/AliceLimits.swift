public import CalibrationRecords

/// What a transmitter is judged by. The reasons are in docs/calibration.md.
public struct AliceLimits: Sendable, Hashable {
    /// Relative scatter of the laser's power over some seconds.
    public var laserScatter = AcceptanceLimits(maximum: 0.02, marginalMaximum: 0.005)
    /// Power at the highest V_A over what is left without modulation, dB.
    public var extinction = AcceptanceLimits(minimum: 20, marginalMinimum: 30)
    /// Telemetry 11.
    public var biasError = AcceptanceLimits(
        minimum: -0.01, maximum: 0.01, marginalMinimum: -0.005, marginalMaximum: 0.005)
    /// Read-back less set attenuation, dB. 0.1 dB are 2.3 % of V_A.
    public var attenuationError = AcceptanceLimits(maximum: 0.5, marginalMaximum: 0.2)
    /// Largest relative deviation from the straight line of the monitor over V_A.
    public var monitorDeviation = AcceptanceLimits(maximum: 0.05, marginalMaximum: 0.02)
    /// Telemetry 23: 1 good, 0 not.
    public var entropyHealth = AcceptanceLimits(minimum: 1)
    /// Correlations of Alice's words.
    public var correlation = AcceptanceLimits(
        minimum: -0.05, maximum: 0.05, marginalMinimum: -0.02, marginalMaximum: 0.02)
    /// σ of x over σ of p of Alice's words.
    public var balance = AcceptanceLimits(minimum: 0.95, maximum: 1.05, marginalMinimum: 0.98, marginalMaximum: 1.02)
    /// Words that are followed by their own copy, as a share: at 12 bits in σ a sound source has some 1e-4.
    public var repetition = AcceptanceLimits(maximum: 0.01, marginalMaximum: 0.002)

    /// 3 ± 6σ, and marginal beyond 4.5σ.
    func kurtosis(samples: Int) -> AcceptanceLimits { BobLimits().kurtosis(samples: samples) }

    /// The limits of the document.
    public init() {}
}
