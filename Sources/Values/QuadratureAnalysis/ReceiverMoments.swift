/// Moments of everything a receiver reads, one accumulator per converter channel.
///
/// The channels are kept apart because each has its own offset: variances are pooled, means are not, otherwise the
/// difference of two offsets would pass for noise.
public struct ReceiverMoments: Sendable, Hashable, Codable {
    /// The x channel, or the only channel of a homodyne receiver.
    public var x: QuadratureMoments
    /// The p channel; stays empty for a homodyne receiver, whose single channel serves both bases.
    public var p: QuadratureMoments

    /// No samples yet.
    public init(limits: ClipLimits = .converter(bits: 14)) {
        x = QuadratureMoments(limits: limits)
        p = QuadratureMoments(limits: limits)
    }

    /// The moments of a single channel.
    public init(_ single: QuadratureMoments) {
        x = single
        p = QuadratureMoments(limits: single.limits)
    }

    /// Adds a block in the receiver's own layout: y, y, y… for homodyne, x, p, x, p… for heterodyne.
    public mutating func add(_ samples: Span<Int16>, detection: Detection) {
        switch detection {
        case .homodyne: x.add(samples)
        case .heterodyne:
            QuadratureMoments.addInterleaved(samples, x: &x, p: &p)
        }
    }

    /// Adds another accumulator's samples, channel by channel.
    public mutating func merge(_ other: ReceiverMoments) {
        x.merge(other.x)
        p.merge(other.p)
    }

    /// Samples in both channels. Wraps as the sums do: a unit's or a peer's figures must not stop a program.
    public var samples: Int64 { x.samples &+ p.samples }

    /// Clipped samples in both channels.
    public var clipped: Int64 { x.clipped &+ p.clipped }

    /// Samples less one fitted mean per channel in use.
    public var degreesOfFreedom: Int64 { samples &- (x.samples > 0 ? 1 : 0) &- (p.samples > 0 ? 1 : 0) }

    /// The variance pooled over the channels, each about its own mean: V = Σν_iV_i/ν with ν_i degrees of freedom each,
    /// σ² = 2Σν_iV_i²/ν², which is V√(2/ν) for equal channels and more for an imbalanced receiver. Right for independent
    /// Gaussian samples; samples correlated by ρ_k carry only n/(1 + 2Σρ_k²) of them.
    public var variance: Estimate<RawVariance> {
        let freedom = Double(degreesOfFreedom)
        var (total, spread) = (0.0, 0.0)
        for channel in [x, p] where channel.samples > 1 {
            let sum = channel.sumOfSquaresAboutMean
            total += sum
            spread += sum / Double(channel.samples - 1) * sum
        }
        return Estimate(
            RawVariance(total / freedom), sigma: RawVariance((2 * spread).squareRoot() / freedom), samples: samples)
    }
}
