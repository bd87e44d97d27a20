internal import CUnitIO
public import QuadratureAnalysis

/// Sums of one channel's samples of a run without light: exact, so that who reads them computes what we compute.
public struct PowerSums: Sendable, Hashable {
    /// Samples.
    public private(set) var samples: UInt64 = 0
    /// Σx, LSB.
    public private(set) var first: Int64 = 0
    /// Σx², LSB².
    public private(set) var second: UInt64 = 0
    /// Σx³, LSB³.
    public private(set) var third: Int128 = 0
    /// Σx⁴, LSB⁴.
    public private(set) var fourth: UInt128 = 0
    /// Σxᵢxᵢ₊₁ of neighbours, LSB²; there is one product less than samples.
    public private(set) var lagProduct: Int64 = 0
    /// Samples at the converter's ends.
    public private(set) var clipped: UInt64 = 0

    /// Sums of `samples[start]`, `samples[start + stride]`, …; the stride is 1, or 2 for one of two interleaved quadratures.
    public init(_ samples: Span<Int16>, start: Int, stride: Int, limits: ClipLimits) {
        precondition(stride == 1 || stride == 2)
        let count = max(0, samples.count - start + stride - 1) / stride
        var sums = cu_power_sums()
        samples.withUnsafeBufferPointer { words in
            guard count > 0, let address = words.baseAddress else { return }
            // SAFETY: `count` samples at this stride are within the span; the kernel only reads them.
            cu_power_sums_i16(address + start, count, stride, limits.low, limits.high, &sums)
        }
        self.samples = UInt64(count)
        (first, second, lagProduct, clipped) = (sums.first, sums.second, sums.lag_product, sums.clipped)
        third = Int128(sums.third_high) << 64 | Int128(sums.third_low)
        fourth = UInt128(sums.fourth_high) << 64 | UInt128(sums.fourth_low)
    }
}

/// Vacuum or dark symbols of a block: what is public of them.
public struct UnlitRun: Sendable, Hashable {
    /// The first symbol, counted from the block's first.
    public var first: UInt32
    /// Symbols.
    public var symbols: UInt32
    /// Whether the local oscillator was off as well.
    public var isDark: Bool
    /// Power of the local oscillator as the unit stated it, W.
    public var localOscillatorPower: Double
    /// The x channel, or the only one.
    public var x: PowerSums
    /// The p channel of a heterodyne receiver.
    public var p: PowerSums?
}
