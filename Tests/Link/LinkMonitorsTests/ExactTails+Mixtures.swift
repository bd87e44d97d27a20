import Glibc
import LinkMonitors
import QuadratureAnalysis

/// Statistics with more than one random part: sums over what is known of the other parts.
extension ExactTails {
    /// Nodes and weights of a standardised χ²/ν, ±9 σ in steps of 0.3 σ: for a smooth integrand the trapezoidal rule is
    /// exact to e^(−2π²/0.09).
    static func chiSquaredNodes(_ freedom: Double) -> [(value: Double, weight: Double)] {
        let deviation = (2 / freedom).squareRoot()
        // In ln v, whose density has no edge at 0.
        return stride(from: -9.0, through: 9.0, by: 0.3).map { step in
            let v = exp(step * deviation)
            let half = freedom / 2
            let density = exp(half * log(half) - lgamma(half) + half * (log(v) - v))
            return (v, density * deviation * 0.3)
        }
    }

    static let normalNodes: [(value: Double, weight: Double)] = stride(from: -9.0, through: 9.0, by: 0.3).map {
        ($0, 0.3 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot())
    }

    /// A variance of ν degrees of freedom against V·v + c + gZ, where v is χ² of n degrees of freedom, as the rules form
    /// an expected variance: its freedom is 2E²/(2V²v²/n + g²). P(score > z), or < −z, if the true variance is V + c.
    static func expected(
        score z: Double, freedom: Double, reference n: Double, vacuum: Double, constant: Double, spread: Double,
        isAbove: Bool
    ) -> Double {
        var total = 0.0
        for (v, weight) in chiSquaredNodes(n) {
            for (normal, second) in spread > 0 ? normalNodes : [(0, 1)] {
                let expected = vacuum * v + constant + spread * normal
                let variance = 2 * vacuum * vacuum * v * v / n + spread * spread
                let limit = ratio(
                    score: isAbove ? z : -z, freedom: freedom, reference: 2 * expected * expected / variance)
                total +=
                    weight * second
                    * chiSquared(limit * expected / (vacuum + constant), freedom: freedom, isAbove: isAbove)
            }
        }
        return total
    }

    /// P(score > z) of a difference of means of n and m samples whose true variances are 1 and `other`: given both sample
    /// variances, the difference is normal, and Welch's freedom is known.
    static func welch(score z: Double, samples n: Double, others m: Double, variance other: Double) -> Double {
        var total = 0.0
        for (a, weight) in chiSquaredNodes(n - 1) {
            for (b, second) in chiSquaredNodes(m - 1) {
                let (ofA, ofB) = (a / n, other * b / m)
                let freedom = (ofA + ofB) * (ofA + ofB) / (ofA * ofA / (n - 1) + ofB * ofB / (m - 1))
                // Wallace's formula, solved for t.
                let scaled = z * (8 * freedom + 3) / (8 * freedom + 1)
                let squared = freedom * expm1(scaled * scaled / freedom)
                total += weight * second * normal((squared * (ofA + ofB) / (1 / n + other / m)).squareRoot())
            }
        }
        return total
    }

    /// P(ln F₁ − ln F₂ > ln limit) for the quotient of two F-distributed ratios: a sum of four logarithms of χ², whose
    /// cumulant generating functions are logarithms of Γ.
    static func quotient(above limit: Double, freedoms: (Double, Double, Double, Double)) -> Double {
        let terms = [(1.0, freedoms.0), (-1, freedoms.1), (-1, freedoms.2), (1, freedoms.3)]
        let start = log(limit) / terms.reduce(0) { $0 + 2 / $1.1 }
        return saddlepoint(
            { s in
                var (value, slope, curvature) = (-s * log(limit), -log(limit), 0.0)
                for (sign, freedom) in terms {
                    let half = freedom / 2
                    let argument = half + sign * s
                    guard argument > 1 else { return (.infinity, .nan, .nan) }
                    value += lgamma(argument) - lgamma(half) - sign * s * log(half)
                    slope += sign * (digamma(argument) - log(half))
                    curvature += trigamma(argument)
                }
                return (value, slope, curvature)
            }, start: start)
    }

    /// Stirling's series, for arguments of 10 and more.
    private static func digamma(_ x: Double) -> Double {
        log(x) - 1 / (2 * x) - 1 / (12 * x * x) + 1 / (120 * x * x * x * x)
    }

    private static func trigamma(_ x: Double) -> Double {
        1 / x + 1 / (2 * x * x) + 1 / (6 * x * x * x) - 1 / (30 * x * x * x * x * x)
    }

    /// P(r > limit) of the correlation of neighbours in frames of `length`: Σy_iy_{i+1}/pairs − limit·Σy²/n > 0 is a
    /// quadratic form, and a path has the eigenvalues cos(πj/(length + 1)).
    static func neighbours(above limit: Double, frames: Int, length: Int) -> Double {
        let (samples, pairs) = (Double(frames * length), Double(frames * (length - 1)))
        let values = (1...length).map {
            cos(Double.pi * Double($0) / Double(length + 1)) / pairs - limit / samples
        }
        return saddlepoint(
            { s in
                var (value, slope, curvature) = (0.0, 0.0, 0.0)
                for eigenvalue in values {
                    let rest = 1 - 2 * s * eigenvalue
                    guard rest > 0 else { return (.infinity, .nan, .nan) }
                    value -= 0.5 * log(rest)
                    slope += eigenvalue / rest
                    curvature += 2 * eigenvalue * eigenvalue / (rest * rest)
                }
                let n = Double(frames)
                return (n * value, n * slope, n * curvature)
            }, start: limit * samples / 2)
    }

    /// P(X ≥ count) of a Poisson count, term by term.
    static func poisson(atLeast count: Int, mean: Double) -> Double {
        (count..<(count + 400)).reduce(0) {
            $0 + exp(Double($1) * log(mean) - mean - lgamma(Double($1) + 1))
        }
    }

    /// P(X = count) of a binomial count.
    static func binomial(_ count: Int, of n: Int, share: Double) -> Double {
        let (k, all) = (Double(count), Double(n))
        return exp(
            lgamma(all + 1) - lgamma(k + 1) - lgamma(all - k + 1) + k * log(share) + (all - k) * log1p(-share))
    }
}
