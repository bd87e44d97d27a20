internal import CUnitIO

/// What the samples of one channel look like beside mean and variance: are they Gaussian, are they independent?
///
/// Third and fourth powers and neighbours cost more than sums, so that they are taken on as many samples as say enough
/// and not on all of a long recording; `samples` says how many.
public struct SampleStatistics: Sendable {
    /// Samples that entered.
    public private(set) var samples: Int64 = 0
    /// How many lags are looked at.
    public static let lags = 16
    private let centre: Double
    private var sums = cu_high_moments()
    private var products = [Double](repeating: 0, count: Self.lags)
    private var pairs = [Int64](repeating: 0, count: Self.lags)

    /// Nothing added yet; `mean` is that of the channel, LSB, as `QuadratureMoments` has found it.
    public init(mean: Double) { centre = mean }

    /// Adds a block of samples without a break, every `stride`-th from `offset` on: a quadrature of an interleaved block
    /// has stride 2 and offset 0 or 1.
    public mutating func add(_ block: Span<Int16>, offset: Int = 0, stride: Int = 1) {
        precondition(offset >= 0 && offset < stride, "a channel of \(stride)")
        let count = (block.count - offset + stride - 1) / stride
        guard count > 0 else { return }
        samples += Int64(count)
        // SAFETY: the last of `count` samples from `offset` on lies inside the span; the kernels keep no pointer.
        block.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            cu_high_moments_i16(start + offset, count, stride, centre, &sums)
            cu_lag_products_i16(start + offset, count, stride, centre, Self.lags, &products)
        }
        for lag in 1...Self.lags { pairs[lag - 1] += Int64(max(0, count - lag)) }
    }

    private var variance: Double { sums.second / Double(samples) }

    /// m₃/m₂^{3/2}: 0 for Gaussian samples, with σ = √(6/n).
    public var skewness: Estimate<Ratio> {
        Estimate(
            Ratio(sums.third / Double(samples) / (variance * variance.squareRoot())),
            sigma: Ratio((6 / Double(samples)).squareRoot()), samples: samples)
    }

    /// m₄/m₂²: 3 for Gaussian samples, with σ = √(24/n).
    public var kurtosis: Estimate<Ratio> {
        Estimate(
            Ratio(sums.fourth / Double(samples) / (variance * variance)),
            sigma: Ratio((24 / Double(samples)).squareRoot()), samples: samples)
    }

    /// ρ_1 … ρ_16, each with σ = 1/√n for independent samples.
    public var correlations: [Double] {
        (0..<Self.lags).map { products[$0] / Double(max(pairs[$0], 1)) / variance }
    }
}
