public import CalibrationRecords

/// What a receiver is judged by. The reasons are in docs/calibration.md.
public struct BobLimits: Sendable, Hashable {
    /// 10 log10(V_on/V_off), dB. At 8 dB the electronic noise is 0.19 SNU and costs key; below 5 dB it rules.
    public var clearance = Limits(minimum: 5, marginalMinimum: 8)
    /// V_on − V_off over its own uncertainty: there must be shot noise at all.
    public var shotNoiseSignificance = Limits(minimum: 10)
    /// Clipped samples. One is too many: a clipped variance is a censored one.
    public var clippedSamples = Limits(maximum: 0)

    /// The limits of the document.
    public init() {}
}
