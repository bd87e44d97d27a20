// The standard library has no logarithm and no power function.
import Glibc

/// A number with a unit: the type is the unit, `value` the number.
public protocol PhysicalQuantity: Sendable, Hashable, Comparable {
    /// The number, in the unit that the type documents.
    var value: Double { get }
    /// A quantity of `value` units.
    init(_ value: Double)
}

extension PhysicalQuantity {
    /// Orders by value; NaN is unordered, as for `Double`.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }
}

/// A variance at the receiver's output, in LSB² (not normalised to shot noise).
public struct RawVariance: PhysicalQuantity {
    /// LSB².
    public var value: Double
    /// A variance of `value` LSB².
    public init(_ value: Double) { self.value = value }

    /// The variance in shot-noise units, `shotNoise` (N0, LSB²) being the variance of one vacuum quadrature.
    public func normalised(by shotNoise: RawVariance) -> ShotNoiseUnits { ShotNoiseUnits(value / shotNoise.value) }
}

/// A variance in shot-noise units: the vacuum has variance 1.
public struct ShotNoiseUnits: PhysicalQuantity {
    /// SNU.
    public var value: Double
    /// A variance of `value` SNU.
    public init(_ value: Double) { self.value = value }

    /// The variance in LSB², `shotNoise` (N0, LSB²) being the variance of one vacuum quadrature.
    public func raw(shotNoise: RawVariance) -> RawVariance { RawVariance(value * shotNoise.value) }
}

/// The power transmittance of a channel. An estimate may lie outside 0…1 by statistics and is not clamped.
public struct Transmittance: PhysicalQuantity {
    /// Dimensionless, 1 = no loss.
    public var value: Double
    /// A transmittance of `value`.
    public init(_ value: Double) { self.value = value }
    /// The transmittance of a loss in dB: T = 10^(−dB/10).
    public init(loss: Decibels) { value = 1 / loss.ratio }

    /// −10 log10 T; NaN if the transmittance is negative.
    ///
    /// The reciprocal of the least numbers would be infinite.
    public var loss: Decibels { Decibels(0 - Decibels(ratio: value).value) }
}

/// A ratio of powers or variances in dB.
public struct Decibels: PhysicalQuantity {
    /// dB.
    public var value: Double
    /// A ratio of `value` dB.
    public init(_ value: Double) { self.value = value }
    /// 10 log10 of a ratio of powers.
    public init(ratio: Double) { value = 10 * log10(ratio) }

    /// The σ in dB of a ratio that is known to `relativeSigma` of itself, to first order: d(10 log10 r) = 10/ln 10 · dr/r.
    public init(relativeSigma: Double) { value = 10 / log(10) * relativeSigma }

    /// 10^(dB/10).
    public var ratio: Double { pow(10, value / 10) }
    /// The σ of a ratio, relative to it, that is known to this many dB, to first order.
    public var relativeSigma: Double { log(10) / 10 * value }
}

/// A ratio without a unit, such as a signal-to-noise ratio.
public struct Ratio: PhysicalQuantity {
    /// Dimensionless.
    public var value: Double
    /// A ratio of `value`.
    public init(_ value: Double) { self.value = value }
}

/// What one step of Alice's sample words means in the light that leaves her, at the attenuator setting of the block.
public struct ModulationScale: PhysicalQuantity {
    /// √SNU per LSB: an x sample of n LSB displaces the x quadrature by n × `value`.
    public var value: Double
    /// A scale of `value` √SNU per LSB.
    public init(_ value: Double) { self.value = value }
}

/// A measured quantity: never a bare number, always with its one standard deviation and what it rests on.
public struct Estimate<Quantity: PhysicalQuantity>: Sendable, Hashable {
    /// The point estimate, unclamped.
    public var value: Quantity
    /// One standard deviation, in the same unit.
    public var sigma: Quantity
    /// Samples the estimate rests on (for a combination, the smallest set that entered).
    public var samples: Int64

    /// An estimate with its standard deviation and sample count.
    public init(_ value: Quantity, sigma: Quantity, samples: Int64) {
        self.value = value
        self.sigma = sigma
        self.samples = samples
    }

    /// How many standard deviations the estimate lies above `expected`.
    public func deviation(from expected: Quantity) -> Double { (value.value - expected.value) / sigma.value }
}
