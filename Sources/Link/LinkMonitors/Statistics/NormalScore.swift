// The standard library has no logarithm and no Γ.
internal import Glibc
internal import QuadratureAnalysis

/// Statistics that are not normal, as the normal score of the same tail probability: limits in σ then keep the
/// false-alarm probability of their budget, 6 σ out too.
enum NormalScore {
    /// Student's t with `freedom` degrees of freedom, after Wallace (1959): (8ν + 1)/(8ν + 3)·√(ν ln(1 + t²/ν)). At
    /// 6.4 σ and ν = 100, t itself exceeds its limit 34 times too often, and this 0.4 % too seldom.
    static func student(_ t: Double, freedom: Double) -> Double {
        let size = (freedom * log1p(t * t / freedom)).squareRoot() * (8 * freedom + 1) / (8 * freedom + 3)
        return t < 0 ? -size : size
    }

    /// |ĝ|² of s² times the variance of one of its two components, which comes from `freedom` degrees of freedom, without
    /// a true gain: s²/2 is F-distributed with 2 and ν degrees, P(> s²/2) = (1 + s²/ν)^(−ν/2).
    static func gain(significance s: Double, freedom: Double) -> Double {
        let nats = freedom / 2 * log1p(s * s / freedom)
        // Beyond the smallest tail that is a number: √(2·nats) is 2 % below.
        return nats > 650 ? (2 * nats).squareRoot() : NormalDistribution.upperQuantile(tail: exp(-nats))
    }

    /// s² that `gain` exceeds with probability `tail`.
    static func squaredSignificance(tail: Double, freedom: Double) -> Double {
        freedom * expm1(-2 / freedom * log(tail))
    }

    /// A count that is Poisson-distributed about `mean`, against chance: the score of P(X ≥ count). Counts are whole, so
    /// a limit is exceeded at most as often as its tail, mostly less often.
    static func poisson(_ count: Int64, mean: Double) -> Double {
        guard mean > 0, mean.isFinite else { return .nan }
        let tail = count > 0 ? poissonTail(count, mean) : 1
        // Too far out for a number: the score of the smallest one, which is beyond every limit.
        return NormalDistribution.upperQuantile(tail: min(1 - 0x1p-52, max(tail, 1e-300)))
    }

    /// P(X ≥ count), summed from the largest term on.
    private static func poissonTail(_ count: Int64, _ mean: Double) -> Double {
        let k = Double(count)
        guard k > mean else { return 1 - poissonBelow(count, mean) }
        var term = exp(k * log(mean) - mean - lgamma(k + 1))
        var (sum, next) = (0.0, k)
        while term > 1e-17 * sum {
            sum += term
            next += 1
            term *= mean / next
        }
        return sum
    }

    /// P(X < count) for counts up to the mean.
    private static func poissonBelow(_ count: Int64, _ mean: Double) -> Double {
        var k = Double(count - 1)
        var term = exp(k * log(mean) - mean - lgamma(k + 1))
        var sum = 0.0
        while k >= 0, term > 1e-17 * sum {
            sum += term
            term *= k / mean
            k -= 1
        }
        return sum
    }
}
