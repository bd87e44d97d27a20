/// Why samples, or values that were measured, say nothing, whatever is computed from them: every analysis refuses these
/// alike, because zeros and infinities in a table pass for results.
public enum Degeneracy: Error, Hashable, CustomStringConvertible {
    /// There are none, or fewer than the computation needs. Measure longer.
    case tooFew(have: Int64, need: Int64)
    /// They are all equal, so that their σ is 0: no converter behind them, a gain of zero, a file of zeros.
    case constant
    /// All of them are at the converter's limits. Lower the gain.
    case allClipped(samples: Int64)
    /// What they would be divided by is 0, or does not stand out above it.
    case zeroReference
    /// The places at which they were measured are too few, or the same: nothing can be told from anything else.
    case indistinct
    /// A value or its σ is not a number, or the σ is not positive.
    case notFinite

    /// The fact in a sentence without its subject, which whoever knows it puts in front.
    public var description: String {
        switch self {
        case .tooFew(let have, let need): "\(have) samples are too few, \(need) are needed"
        case .constant: "all samples are equal: there is nothing to analyse"
        case .allClipped(let samples): "all \(samples) samples are at the converter's limits"
        case .zeroReference: "what it is compared with is zero"
        case .indistinct: "the points do not differ enough"
        case .notFinite: "a value is not a number, or its uncertainty is not positive"
        }
    }
}

extension ReceiverMoments {
    /// Why these sums say nothing; nil if they do. `need` is how many samples the computation needs.
    public func degeneracy(need: Int64 = 2) -> Degeneracy? {
        guard samples >= need else { return .tooFew(have: samples, need: need) }
        guard clipped < samples else { return .allClipped(samples: samples) }
        // One channel that stands still makes the mean of both a half-truth.
        let used = [x, p].filter { $0.samples > 0 }
        return used.contains { $0.samples < 2 || !($0.sumOfSquaresAboutMean > 0) } ? .constant : nil
    }
}
