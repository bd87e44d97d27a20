/// The sample values that count as clipped: at or beyond either limit.
public struct ClipLimits: Sendable, Hashable {
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
public struct QuadratureMoments: Sendable, Hashable {
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
    public mutating func add(_ new: Span<Int16>) { add(new, from: 0, stride: 1) }

    /// Adds the samples of one quadrature of an interleaved x, p, x, p… stream.
    public mutating func addInterleaved(_ new: Span<Int16>, quadrature: Quadrature) {
        add(new, from: quadrature == .x ? 0 : 1, stride: 2)
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
    public var variance: RawVariance { RawVariance(sumOfSquaresAboutMean / Double(samples - 1)) }

    private mutating func add(_ new: Span<Int16>, from start: Int, stride: Int) {
        // Locals, so that the accumulators stay in registers; wrapping, because trapping adds cost a factor of 2.4.
        var total: Int64 = 0
        var squares: Int64 = 0
        var beyond: Int64 = 0
        let low = Int32(limits.low)
        let high = Int32(limits.high)
        let count = (new.count &- start &+ stride &- 1) / stride
        for step in 0..<max(count, 0) {
            let sample = Int32(new[start &+ step &* stride])
            total &+= Int64(sample)
            squares &+= Int64(sample &* sample)
            beyond &+= (sample <= low || sample >= high) ? 1 : 0
        }
        add(samples: Int64(max(count, 0)), sum: total, sumOfSquares: squares, clipped: beyond)
    }
}

/// One of the two quadratures of a mode.
public enum Quadrature: UInt8, Sendable, Hashable, CaseIterable {
    /// In phase with the local oscillator; basis bit 0.
    case x = 0
    /// A quarter turn ahead; basis bit 1.
    case p = 1
}
