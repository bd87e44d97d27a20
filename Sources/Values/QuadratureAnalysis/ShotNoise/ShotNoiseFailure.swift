/// Why vacuum and dark samples give no shot noise.
public enum ShotNoiseFailure: Error, Hashable, CustomStringConvertible {
    /// Which of the two sets of samples is meant.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Local oscillator off, signal blocked.
        case dark
        /// Local oscillator on, signal blocked.
        case vacuum
    }

    /// Too few samples to state an uncertainty. Measure longer.
    case tooFewSamples(Kind, have: Int64, need: Int64)
    /// Samples at or beyond the converter's limits: the variance is a censored one. Lower the gain or the power of the
    /// local oscillator and look for an offset; none are tolerated.
    case clipped(Kind, samples: Int64, of: Int64)
    /// All samples of a channel are equal: no converter behind it, a gain of zero, a file of zeros.
    case constant(Kind)
    /// One set has a channel that the other lacks: they are not from the same receiver.
    case differentChannels
    /// Sums that no samples can have, or numbers that are not finite.
    case impossible(Kind)
    /// The vacuum variance does not stand out above the dark variance; `significance` of the difference in σ. Far below
    /// zero: the two sets were swapped. About zero: the local oscillator was in the same state for both.
    case vacuumNotAboveDark(vacuum: RawVariance, dark: RawVariance, significance: Double)
    /// The two-time evaluation subtracts the dark variance; there are no dark samples. Measure them, or evaluate
    /// one-time.
    case darkMissing

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .tooFewSamples(let kind, let have, let need):
            "\(have) \(kind.rawValue) samples are too few, \(need) are needed"
        case .clipped(let kind, let clipped, let samples):
            "\(clipped) of \(samples) \(kind.rawValue) samples are clipped; none are tolerated"
        case .constant(let kind): "the \(kind.rawValue) samples of a channel are all equal"
        case .differentChannels: "vacuum and dark samples do not come from the same channels"
        case .impossible(let kind): "the sums of the \(kind.rawValue) samples are not those of any samples"
        case .vacuumNotAboveDark(let vacuum, let dark, let significance) where significance < 0:
            "the vacuum variance, \(Self.short(vacuum)), lies below the dark variance, \(Self.short(dark)), "
                + "by \((-significance).rounded()) σ, as if the two had been swapped"
        case .vacuumNotAboveDark(let vacuum, let dark, let significance):
            "the vacuum variance, \(Self.short(vacuum)), does not stand out above the dark variance, "
                + "\(Self.short(dark)) (\((significance * 10).rounded() / 10) σ), as if the local oscillator had been in "
                + "the same state for both"
        case .darkMissing: "a two-time evaluation needs dark samples"
        }
    }
    /// A tenth of LSB² is all that a reader compares.
    private static func short(_ variance: RawVariance) -> String { "\((variance.value * 10).rounded() / 10) LSB²" }
}
