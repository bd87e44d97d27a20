internal import CUnitIO

/// The sample values that count as clipped: at or beyond either limit.
public struct ClipLimits: Sendable, Hashable, Codable {
    /// Samples ≤ `low` (LSB) are clipped.
    public var low: Int16
    /// Samples ≥ `high` (LSB) are clipped.
    public var high: Int16

    /// Limits in LSB.
    public init(low: Int16, high: Int16) {
        self.low = low
        self.high = high
    }

    /// The limits of a converter of `bits` bits (2…16) that clips symmetrically: ±(2^(bits−1) − 1).
    public static func converter(bits: Int) -> ClipLimits {
        precondition((2...16).contains(bits), "a converter of \(bits) bits does not fit in an int16")
        let high = Int16(truncatingIfNeeded: (1 << (bits - 1)) - 1)
        return ClipLimits(low: -high, high: high)
    }
}

/// Exact moments of one stream of int16 samples: count, sum, sum of squares, clipped samples.
///
/// The sums are integers, so that merging in any order gives the same bits and a variance about the mean does not
/// cancel. Exact for up to 2^33 full-scale samples; at a standard deviation of 100 LSB, for 9e14.
public struct QuadratureMoments: Sendable, Hashable, Codable {
    /// Samples added.
    public private(set) var samples: Int64 = 0
    /// Σ, LSB.
    public private(set) var sum: Int64 = 0
    /// Σ², LSB².
    public private(set) var sumOfSquares: Int64 = 0
    /// Samples at or beyond a clip limit. None is tolerated in a calibration: a clipped variance is a censored one.
    public private(set) var clipped: Int64 = 0
    /// What counts as clipped.
    public let limits: ClipLimits

    /// No samples yet. The default limits are those of a 14-bit converter.
    public init(limits: ClipLimits = .converter(bits: 14)) { self.limits = limits }

    /// Adds every sample.
    public mutating func add(_ new: Span<Int16>) {
        var sums = cu_moments()
        // SAFETY: the kernel reads `count` samples from the span's start and keeps no pointer.
        new.withUnsafeBufferPointer { cu_moments_i16($0.baseAddress, $0.count, limits.low, limits.high, &sums) }
        add(sums, samples: new.count)
    }

    /// Adds the samples of both quadratures of an interleaved x, p, x, p… stream to `x` and `p` in one pass. A sample
    /// without its partner at the end is left out. Both must judge clipping alike.
    public static func addInterleaved(
        _ new: Span<Int16>, x: inout QuadratureMoments, p: inout QuadratureMoments
    ) {
        precondition(x.limits == p.limits, "one pass judges clipping by one pair of limits")
        var (sumsX, sumsP) = (cu_moments(), cu_moments())
        let pairs = new.count / 2
        // SAFETY: the kernel reads 2 * pairs samples, which the span has, and keeps no pointer.
        new.withUnsafeBufferPointer {
            cu_moments_xp16($0.baseAddress, pairs, x.limits.low, x.limits.high, &sumsX, &sumsP)
        }
        x.add(sumsX, samples: pairs)
        p.add(sumsP, samples: pairs)
    }

    private mutating func add(_ sums: cu_moments, samples: Int) {
        add(
            samples: Int64(samples), sum: sums.sum, sumOfSquares: Int64(bitPattern: sums.sum_squares),
            clipped: Int64(bitPattern: sums.clipped))
    }

    /// Adds sums that were made elsewhere (a vector kernel, a frame's trailer) over samples judged by `limits`.
    public mutating func add(samples: Int64, sum: Int64, sumOfSquares: Int64, clipped: Int64) {
        self.samples &+= samples
        self.sum &+= sum
        self.sumOfSquares &+= sumOfSquares
        self.clipped &+= clipped
    }

    /// Adds another accumulator's samples. Both must judge clipping alike.
    public mutating func merge(_ other: QuadratureMoments) {
        precondition(limits == other.limits, "moments with different clip limits cannot be merged")
        add(samples: other.samples, sum: other.sum, sumOfSquares: other.sumOfSquares, clipped: other.clipped)
    }

    /// The mean, LSB; NaN without samples.
    public var mean: Double { Double(sum) / Double(samples) }

    /// Σ(y − ȳ)², LSB², from integers; NaN without samples.
    public var sumOfSquaresAboutMean: Double {
        Double(Int128(samples) * Int128(sumOfSquares) - Int128(sum) * Int128(sum)) / Double(samples)
    }

    /// The unbiased variance about the mean of the same samples; NaN below two samples.
    public var variance: RawVariance { RawVariance(sumOfSquaresAboutMean / Double(samples &- 1)) }
}
