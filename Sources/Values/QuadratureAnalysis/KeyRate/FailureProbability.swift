/// ε: the probability that a statement about the channel is wrong.
public struct FailureProbability: Sendable, Hashable {
    /// ε.
    public let value: Double

    /// A probability, 1e-300 ≤ ε < 1.
    public init(_ value: Double) throws(KeyRateFailure) {
        self.value = try value.checked(.failureProbability) { $0 >= 1e-300 && $0 < 1 }
    }

    /// 1e-10, at which the reference values of the field are stated.
    public static let customary = FailureProbability(known: 1e-10)

    private init(known value: Double) { self.value = value }

    /// w = √2·erf⁻¹(1−ε): how many standard deviations a worst case lies from the estimate (6.467 at 1e-10).
    public var deviations: Double { NormalDistribution.twoSidedQuantile(tail: value) }
}
