/// Correlation of neighbouring samples of one channel, as an anti-alias filter or a DC block leaves it.
public struct Autocorrelation: Sendable, Hashable {
    /// ρ_1, ρ_2, …: correlation of samples that lie 1, 2, … apart.
    public var coefficients: [Double]
    /// Samples it was measured on; 0 for one that is known.
    public var samples: Int64

    /// Coefficients from lag 1.
    public init(coefficients: [Double], samples: Int64 = 0) {
        self.coefficients = coefficients
        self.samples = samples
    }

    /// Independent samples.
    public static let none = Autocorrelation(coefficients: [])

    /// 1 + 2Σρ_k² ≥ 1: by what factor the variance of a measured variance exceeds that from independent samples. n
    /// correlated samples carry as much as n/`inflation` independent ones (physics.md §2).
    public var inflation: Double { 1 + 2 * coefficients.reduce(0) { $0 + $1 * $1 } }
}
