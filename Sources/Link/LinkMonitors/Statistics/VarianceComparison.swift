public import QuadratureAnalysis

/// Compares two variances by a statistic that is normal to the far tail.
///
/// The plain (V − V_ref)/σ is skewed: at 10,000 samples and 6 σ it exceeds its threshold three times as often as a
/// normal variable would. The cube root of a variance is nearly symmetrical (Wilson and Hilferty 1931), and Paulson
/// (1942) carried that over to the ratio of two.
public struct VarianceComparison: Sendable, Hashable {
    /// V/V_ref.
    public var ratio: Double
    /// Standard normal if the two variances are the same; positive if the first is larger.
    public var score: Double
    /// One standard deviation of the ratio for equal variances, √(2/ν + 2/ν_ref).
    public var relativeSigma: Double

    /// A variance with ν degrees of freedom against a reference with ν_ref.
    public init(
        _ variance: RawVariance, freedom: Double, against reference: RawVariance, freedom referenceFreedom: Double
    ) {
        ratio = variance.value / reference.value
        let (a, b) = (2 / (9 * freedom), 2 / (9 * referenceFreedom))
        let root = CubeRoot.of(ratio)
        score = ((1 - b) * root - (1 - a)) / (b * root * root + a).squareRoot()
        relativeSigma = (9 * (a + b)).squareRoot()
    }

    /// Pooled variances of two sets of samples; the reference's age is a part of its useful life.
    public init(_ moments: ReceiverMoments, against reference: ReceiverMoments, ageing: Double = 0) {
        self.init(
            moments.variance.value, freedom: Double(moments.degreesOfFreedom),
            against: reference.variance.value, freedom: reference.freedom(ageing))
    }

    /// A pooled variance against what a calibration lets expect.
    public init(_ moments: ReceiverMoments, against expected: ExpectedVacuum) {
        self.init(
            moments.variance.value, freedom: Double(moments.degreesOfFreedom),
            against: expected.variance.value, freedom: expected.freedom)
    }

    /// Variances of two single channels.
    public init(_ moments: QuadratureMoments, against reference: QuadratureMoments) {
        self.init(
            moments.variance, freedom: Double(moments.samples - 1),
            against: reference.variance, freedom: Double(reference.samples - 1))
    }
}
