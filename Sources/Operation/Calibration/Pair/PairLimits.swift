public import CalibrationRecords

/// What a pair is judged by. The reasons are in docs/calibration.md.
public struct PairLimits: Sendable, Hashable {
    /// ξ_in from training, SNU. Below −5σ V_on is over-estimated; that bound is set when σ is known.
    public var excessNoise = AcceptanceLimits(maximum: 0.1, marginalMaximum: 0.05)
    /// 1 − ξ_max/ξ_null at the largest block size.
    public var margin = AcceptanceLimits(minimum: 0, marginalMinimum: 0.3)
    /// Change of loss since commissioning, dB.
    public var lossChange = AcceptanceLimits(minimum: -1, maximum: 1, marginalMinimum: -0.3, marginalMaximum: 0.3)
    /// Imbalance of Bob's quadratures as a power.
    public var imagePower = AcceptanceLimits(maximum: 0.01, marginalMaximum: 0.002)
    /// The least extinction of the closed shutter that could be shown if no leak was seen, dB.
    public var shutterExtinction = AcceptanceLimits(minimum: 20)
    /// Extinction of a shutter whose leak was seen, dB: 47 dB take 1e-4 SNU from ξ at V_A = 5, 20 dB take 0.05.
    public var leakingShutterExtinction = AcceptanceLimits(minimum: 47, marginalMinimum: 60)
    /// Symbols of the session that were lost, as a share.
    public var lostSymbols = AcceptanceLimits(maximum: 0.01, marginalMaximum: 0.0001)

    /// The limits of the document.
    public init() {}
}
