internal import QuadratureAnalysis

/// A figure of a link with one standard deviation.
public struct LinkValue: Codable, Sendable, Hashable {
    /// Absent if it is not a number.
    public var value: Double?
    /// Absent if nobody knows it.
    public var sigma: Double?
    /// `LSB^2`, `SNU`, `dB`, `W`, `1`.
    public var unit: String

    init(value: Double?, sigma: Double?, unit: String) {
        self.value = value
        self.sigma = sigma
        self.unit = unit
    }

    init<Quantity>(_ estimate: Estimate<Quantity>, _ unit: String) {
        self.init(value: estimate.value.value.finite, sigma: estimate.sigma.value.finite, unit: unit)
    }
}
