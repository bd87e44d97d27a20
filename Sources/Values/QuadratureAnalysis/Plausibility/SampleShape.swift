// The standard library has no cube root.
internal import Glibc

/// Fourth moment and neighbour correlation of one converter channel, from a sample of a block's frames.
///
/// The sums are taken about a fixed centre near the mean, so that nothing cancels and frames may be added in any order.
public struct SampleShape: Sendable, Hashable {
    /// Samples added.
    public private(set) var samples: Int64 = 0
    /// Pairs of neighbours added; none across frames, which need not be neighbours.
    public private(set) var pairs: Int64 = 0
    private let centre: Double
    private var first = 0.0
    private var second = 0.0
    private var third = 0.0
    private var fourth = 0.0
    private var product = 0.0

    /// No samples; `centre` is anything near the mean, LSB.
    public init(centre: Double = 0) { self.centre = centre }

    /// Adds every `stride`th sample from `start` on: 2 and 0 or 1 for interleaved quadratures.
    public mutating func add(_ samples: Span<Int16>, start: Int = 0, stride: Int = 1) {
        var (s1, s2, s3, s4, neighbours) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var previous = 0.0
        var count = 0
        var index = start
        while index < samples.count {
            let value = Double(samples[index]) - centre
            let square = value * value
            s1 += value
            s2 += square
            s3 += square * value
            s4 += square * square
            neighbours += previous * value
            previous = value
            count += 1
            index += stride
        }
        self.samples += Int64(count)
        pairs += Int64(max(0, count - 1))
        first += s1
        second += s2
        third += s3
        fourth += s4
        product += neighbours
    }

    /// Adds another channel's or frame's sums about the same centre.
    public mutating func merge(_ other: SampleShape) {
        precondition(centre == other.centre, "sums about different centres cannot be merged")
        samples += other.samples
        pairs += other.pairs
        first += other.first
        second += other.second
        third += other.third
        fourth += other.fourth
        product += other.product
    }

    private var mean: Double { first / Double(samples) }
    private var variance: Double { second / Double(samples) - mean * mean }

    /// m₄/m₂²: 3 for a Gaussian.
    public var kurtosis: Double {
        let n = Double(samples)
        let m = mean
        let central = fourth / n - 4 * m * third / n + 6 * m * m * second / n - 3 * m * m * m * m
        return central / (variance * variance)
    }

    /// Kurtosis as a standard normal score for a Gaussian sample, positive for heavy tails: (b₂ − 3)/√(24/m) made
    /// symmetrical after Anscombe and Glynn (1983), because at 6 σ the plain one is off by a factor of five in probability.
    public var kurtosisScore: Double {
        let n = Double(samples)
        guard n > 100 else { return .nan }
        let expected = 3 * (n - 1) / (n + 1)
        let spread = (24 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1) * (n + 3) * (n + 5))).squareRoot()
        let x = (kurtosis - expected) / spread
        let skew =
            6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9))
            * (6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3))).squareRoot()
        let a = 6 + 8 / skew * (2 / skew + (1 + 4 / (skew * skew)).squareRoot())
        let inner = (1 - 2 / a) / (1 + x * (2 / (a - 4)).squareRoot())
        return ((1 - 2 / (9 * a)) - cbrt(inner)) / (2 / (9 * a)).squareRoot()
    }

    /// Correlation of neighbours, lag 1.
    public var autocorrelation: Double { (product / Double(pairs) - mean * mean) / variance }

    /// The same as a standard normal score for independent samples.
    public var autocorrelationScore: Double { autocorrelation * Double(pairs).squareRoot() }
}
