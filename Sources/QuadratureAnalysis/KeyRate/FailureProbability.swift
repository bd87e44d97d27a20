// The standard library has no error function.
import Glibc

/// ε: the probability that a statement about the channel is wrong.
public struct FailureProbability: Sendable, Hashable {
    /// ε.
    public let value: Double

    /// A probability, 1e-300 ≤ ε < 1.
    public init(_ value: Double) throws(KeyRateFailure) {
        self.value = try value.checked(.failureProbability) { $0 >= 1e-300 && $0 < 1 }
    }

    /// w = √2·erf⁻¹(1−ε): how many standard deviations a worst case lies from the estimate (6.467 at 1e-10).
    ///
    /// Newton's method on ln erfc, since 1−ε has lost the digits that matter. ln erfc is concave and the start, from
    /// erfc(x) ≤ e^(−x²), lies beyond the root, so that the iteration falls to it without overshooting.
    public var deviations: Double {
        var x = (-log(value)).squareRoot()
        for _ in 0..<64 {
            let tail = erfc(x)
            let step = (log(tail) - log(value)) * tail / (M_2_SQRTPI * exp(-x * x))
            x += step
            if step.magnitude < 1e-15 * x { break }
        }
        return x * 2.0.squareRoot()
    }
}
