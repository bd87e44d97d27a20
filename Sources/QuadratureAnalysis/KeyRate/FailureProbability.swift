/// ε: the probability that a statement about the channel is wrong.
public struct FailureProbability: Sendable, Hashable {
    /// ε.
    public let value: Double

    /// A probability, 1e-300 ≤ ε < 1.
    public init(_ value: Double) throws(KeyRateFailure) {
        self.value = try value.checked(.failureProbability) { $0 >= 1e-300 && $0 < 1 }
    }

    /// w = √2·erf⁻¹(1−ε): how many standard deviations a worst case lies from the estimate (6.467 at 1e-10).
    public var deviations: Double { NormalDistribution.twoSidedQuantile(tail: value) }
}
