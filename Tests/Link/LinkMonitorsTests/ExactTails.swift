import Glibc

/// Tail probabilities of the statistics that the rules compare with limits, without the approximations that the rules
/// make. A test of its own holds each to values of published tables or to another method.
enum ExactTails {
    // MARK: Ratios of variances

    /// The ratio of two variances whose score by Paulson's formula is `score`, ((1 − b)r − (1 − a))/√(br² + a) for the
    /// cube root r: a quadratic equation, solved for the root on the side of the score.
    static func ratio(score z: Double, freedom: Double, reference: Double) -> Double {
        let (a, b) = (2 / (9 * freedom), 2 / (9 * reference))
        let (p, q, s) = ((1 - b) * (1 - b) - z * z * b, (1 - a) * (1 - b), (1 - a) * (1 - a) - z * z * a)
        let root = (q + (z < 0 ? -1 : 1) * (q * q - p * s).squareRoot()) / p
        return root * root * root
    }

    /// P(F > ratio), with ν and ν_ref degrees of freedom: I_x(ν_ref/2, ν/2), x = ν_ref/(ν_ref + ν·ratio).
    static func fisher(above ratio: Double, freedom: Double, reference: Double) -> Double {
        beta(reference / 2, freedom / 2, odds: reference / (freedom * ratio))
    }

    /// P(F < ratio).
    static func fisher(below ratio: Double, freedom: Double, reference: Double) -> Double {
        beta(freedom / 2, reference / 2, odds: freedom * ratio / reference)
    }

    /// The regularised incomplete beta function I_x(a, b) with x = odds/(1 + odds), by its continued fraction (Lentz).
    /// Good where x lies below its mean, which is where tails are.
    static func beta(_ a: Double, _ b: Double, odds: Double) -> Double {
        let (x, y) = (odds / (1 + odds), 1 / (1 + odds))
        if x > (a + 1) / (a + b + 2) { return 1 - beta(b, a, odds: 1 / odds) }
        let front = exp(a * log(x) + b * log(y) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
        let tiny = 1e-300
        var (c, d) = (1.0, 1 / max(tiny, abs(1 - (a + b) * x / (a + 1))))
        var value = d
        for step in 1..<200_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / (1 + even * d)
            c = 1 + even / c
            value *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / (1 + odd * d)
            c = 1 + odd / c
            value *= d * c
            if abs(d * c - 1) < 1e-14 { break }
        }
        return front * value
    }

    static func normal(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

    // MARK: Saddlepoints

    /// P(> 0) of a sum whose cumulant generating function is K, after Lugannani and Rice (1980):
    /// Q(w) + φ(w)(1/u − 1/w), w = √(−2K(s)), u = s√K″(s), K′(s) = 0. Its relative error stays bounded far out; for χ² of
    /// 100 degrees of freedom it is 1e-4 (tested), and falls with them.
    static func saddlepoint(_ k: (Double) -> (value: Double, slope: Double, curvature: Double), start: Double) -> Double
    {
        var s = start
        for _ in 0..<200 {
            let now = k(s)
            var step = now.slope / now.curvature
            // Half of the way where the whole leaves the region in which K exists.
            while !k(s - step).value.isFinite { step /= 2 }
            s -= step
            if abs(step) < 1e-13 * abs(s) { break }
        }
        let now = k(s)
        let w = (s < 0 ? -1 : 1) * (-2 * now.value).squareRoot()
        let u = s * now.curvature.squareRoot()
        return normal(w) + exp(-w * w / 2) / (2 * Double.pi).squareRoot() * (1 / u - 1 / w)
    }

    /// P(χ²/ν > ratio), or below it: Lugannani and Rice's formula, which has a closed form for χ².
    static func chiSquared(_ ratio: Double, freedom: Double, isAbove: Bool) -> Double {
        let w = (ratio < 1 ? -1 : 1) * (freedom * (ratio - 1 - log(ratio))).squareRoot()
        let u = (ratio - 1) * (freedom / 2).squareRoot()
        guard abs(w) > 1e-4 else { return 0.5 }
        let correction = exp(-w * w / 2) / (2 * Double.pi).squareRoot() * (1 / u - 1 / w)
        return isAbove ? normal(w) + correction : normal(-w) - correction
    }

    // MARK: Kurtosis

    /// P(b₂ > limit), or below it, of n independent Gaussian samples.
    ///
    /// b₂ = m₄/m₂² > c is m₄ > cm₂². The parabola lies above its tangent at any m: cm₂² ≥ c(2m·m₂ − m²). So b₂ > c only if
    /// the mean of h(y) = y⁴ − 2cm·y² + cm² is positive: a sum of independent terms, and an upper bound for the tail, which
    /// the best m makes tight. Below, the parabola's own excess c(m₂ − m)², of mean 2c/n, is added: an approximation, good
    /// to (m₂ − m)²/|c − 3| < 1e-3 of the limit at n = 20,000, 2 % of the tail. That means are subtracted moves b₂ by
    /// another 6/n of the limit.
    ///
    /// The distribution of the sum comes from its characteristic function (Davies 1973): a trapezoidal rule whose only
    /// error is the probability of 40 σ. y⁴ has no moment generating function, so there is no saddlepoint. Absolute error
    /// 1e-13: the terms are as large as 1.
    static func kurtosis(_ limit: Double, samples n: Double, isAbove: Bool) -> Double {
        let candidates = stride(from: 0.99, through: 1.03, by: 0.005).map { m in
            quartic(limit, tangent: m, samples: n, isAbove: isAbove)
        }
        // Above, every one is an upper bound. Below, the largest is taken, to be on the safe side.
        return (isAbove ? candidates.min() : candidates.max()) ?? .nan
    }

    private static func quartic(_ c: Double, tangent m: Double, samples n: Double, isAbove: Bool) -> Double {
        let mean = 3 - 2 * c * m + c * m * m
        // E h², with E y⁸ = 105, E y⁶ = 15: about the mean.
        let a = 2 * c * m
        let variance = 96 - 24 * a + 2 * a * a
        let deviation = (n * variance).squareRoot()
        let threshold = n * ((isAbove ? 0 : 2 * c / n) - mean)
        let step = 2 * Double.pi / (40 * deviation)
        var sum = 0.0
        for index in 0..<200 {
            let t = (Double(index) + 0.5) * step
            let (re, im) = exponent(t, a)
            // n·ln(1 + re + i·im), by magnitude and angle.
            let (size, angle) = (n / 2 * log1p(2 * re + re * re + im * im), n * atan2(im, 1 + re))
            sum += exp(size) * sin(angle - t * threshold) / (Double(index) + 0.5)
            if size < -45 { break }
        }
        let above = 0.5 + sum / Double.pi
        return isAbove ? above : 1 - above
    }

    /// E[e^{itg}] − 1 for g = y⁴ − ay² less its mean, by Simpson's rule; what cancels is taken off before.
    private static func exponent(_ t: Double, _ a: Double) -> (Double, Double) {
        let (points, width) = (1_200, 13.0)
        let step = width / Double(points)
        var (re, im) = (0.0, 0.0)
        for index in 0...points {
            let y = Double(index) * step
            let g = t * (y * y * y * y - a * y * y - (3 - a))
            let weight = (index == 0 || index == points ? 1.0 : index % 2 == 1 ? 4 : 2) * exp(-y * y / 2)
            let half = sin(g / 2)
            re -= weight * 2 * half * half
            im += weight * (sin(g) - g)
        }
        let scale = 2 * step / 3 / (2 * Double.pi).squareRoot()
        return (re * scale, im * scale)
    }
}
