/// Why figures cannot be sums over int16 samples. Whoever takes sums from elsewhere, from a unit or from another node, asks
/// first: no arithmetic on sums without a contradiction overflows, and no variance of theirs is negative.
public enum MomentsContradiction: Error, Equatable, Sendable, CustomStringConvertible {
    /// More samples than a day at a gigahertz has, or fewer than none.
    case sampleCount(Int64)
    /// More clipped samples than samples, or fewer than none.
    case clippedCount(Int64, samples: Int64)
    /// Σ² is negative, or more than samples at full scale have.
    case sumOfSquares(Int64, samples: Int64)
    /// |Σ| is more than samples at full scale have.
    case sum(Int64, samples: Int64)
    /// (Σ)² > n·Σ² (Cauchy and Schwarz), or |Σ| > Σ², which no whole numbers have: the variance would be negative.
    case varianceIsNegative(sum: Int64, sumOfSquares: Int64, samples: Int64)
    /// Two channels that judge clipping differently.
    case clipLimitsDiffer
    /// The channels that have samples are not those of the receiver.
    case channels(x: Int64, p: Int64, detection: Detection)

    /// One sentence.
    public var description: String {
        switch self {
        case .sampleCount(let count): "\(count) samples, which no measurement has"
        case .clippedCount(let clipped, let samples): "\(clipped) clipped samples of \(samples)"
        case .sumOfSquares(let sum, let samples): "a sum of squares of \(sum) over \(samples) samples of 16 bits"
        case .sum(let sum, let samples): "a sum of \(sum) over \(samples) samples of 16 bits"
        case .varianceIsNegative(let sum, let squares, let samples):
            "a sum of \(sum) with a sum of squares of \(squares) over \(samples) samples: the variance would be negative"
        case .clipLimitsDiffer: "two channels with different clip limits"
        case .channels(let x, let p, let detection):
            "\(x) samples of x and \(p) of p from a \(detection == .homodyne ? "homodyne" : "heterodyne") receiver"
        }
    }
}

extension QuadratureMoments {
    /// Most samples of a sum that is believed: a day at a gigahertz has 9e13.
    private static let most: Int64 = 1 << 47

    /// Largest magnitude of an int16.
    private static let fullScale = Int128(1 << 15)

    /// Why these cannot be sums over int16 samples; nil if they can.
    public var contradiction: MomentsContradiction? {
        guard (0...Self.most).contains(samples) else { return .sampleCount(samples) }
        guard (0...samples).contains(clipped) else { return .clippedCount(clipped, samples: samples) }
        let (n, first, second) = (Int128(samples), Int128(sum), Int128(sumOfSquares))
        guard second >= 0, second <= n * Self.fullScale * Self.fullScale else {
            return .sumOfSquares(sumOfSquares, samples: samples)
        }
        guard first.magnitude <= (n * Self.fullScale).magnitude else { return .sum(sum, samples: samples) }
        guard first * first <= n * second, first.magnitude <= second.magnitude else {
            return .varianceIsNegative(sum: sum, sumOfSquares: sumOfSquares, samples: samples)
        }
        return nil
    }

    /// Whether these can be sums over int16 samples.
    var isPlausible: Bool { contradiction == nil }
}

extension ReceiverMoments {
    /// Why these cannot be sums over int16 samples of a receiver; nil if they can. With `detection`, both channels of a
    /// heterodyne receiver have equally many samples, and a homodyne receiver has one channel.
    public func contradiction(of detection: Detection? = nil) -> MomentsContradiction? {
        if let found = x.contradiction ?? p.contradiction { return found }
        guard x.limits == p.limits else { return .clipLimitsDiffer }
        let wanted =
            switch detection {
            case .homodyne: Int64(0)
            case .heterodyne: x.samples
            case nil: p.samples
            }
        guard let detection, p.samples != wanted else { return nil }
        return .channels(x: x.samples, p: p.samples, detection: detection)
    }

    /// Whether these can be sums over int16 samples: see `contradiction`.
    public var isPlausible: Bool { contradiction() == nil }
}
