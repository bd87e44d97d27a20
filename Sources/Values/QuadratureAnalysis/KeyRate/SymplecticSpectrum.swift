/// The symplectic eigenvalues of physics.md §4, each minus 1: what Eve's entropy is made of.
///
/// The literal formulas take ν² = ½(A ± √(A²−4B)) with A and B of order V², where ν₂−1 is of order Tξ: at V = 1e4 and
/// T → 1 not one digit is left. With u = V_A, r = 1−T, w = Tξ, b = 1 + T(u+ξ), δ = ur − w and d = ur + w(1+u) everything
/// follows from sums of terms that are not negative:
///
/// * ν₁ν₂ = √B = 1 + d and |ν₁−ν₂| = |V−b| = |δ|, so that x = ν₂−1 solves x² + (2+|δ|)x = d − |δ|, where d − |δ| is w(2+u)
///   for δ ≥ 0 and 2ur + uw for δ < 0;
/// * with E = (ν₁²−1)(ν₂²−1) = 1 − A + B, S = (ν₁²−1) + (ν₂²−1) = A − 2 and h = (1−η+v_el)/η, the numbers p = ν₃²−1 and
///   q = ν₄²−1 have
///   - homodyne: `pq = hE/(b+h)`, `p+q = [u(u+2)(r+w) + hS]/(b+h)`;
///   - heterodyne, χ_het = 1+2h: `pq = 4h(1+h)E/(b+χ_het)²`,
///     `p+q = [4h(1+h)S + 2χ_het u(u+2)(r+w) + E + 2ur(u+2)]/(b+χ_het)²`.
///
/// At a high loss ν₁ and ν₃ are nearly equal, and the rate is what is left of their entropies. With c = b − 1, n = b² − 1,
/// e = w(1+u) − Tu, and
///
/// * `D = 2w + Tu²(1+u) + c(3w − Tu) − 2cTu² + c³`, which is b·S − u(u+2)(r+w),
/// * `F = 2Tu²(1+u) + 4w + 3c² + (c² − 2Tn)u(u+2) + n² − e²`, which is (b²+1)S − E − 2ur(u+2),
///
/// their squares differ by `ν₁² − ν₃² = (ν₁²−1)·N / (ν₁² − ν₄²)`, where N = (D − b(ν₂²−1))/(b+h) for homodyne and
/// N = (2χ_het D + F − (b² + 2bχ_het + 1)(ν₂²−1))/(b+χ_het)² for heterodyne detection: with p and q the roots of one
/// quadratic and ν₁²−1, ν₂²−1 those of another, the first evaluated at a root of the second is a product of differences.
/// All terms are of first order in T and w, so that χ is exact to about 1e-13 of the repeaterless bound at V = 100, and
/// to 1e-6 of it at V = 1e9, at any loss.
///
/// These are the formulas of [1] and [2] rearranged, checked against them at 60 digits (Tests/ReferenceValues/key_rate.py).
struct SymplecticSpectrum: Sendable, Hashable {
    /// ν₁−1 … ν₄−1; ν₅ = 1.
    let excess: Eigenvalues
    /// (ν₁ − ν₃)/2 where it was computed without subtracting one from the other: above 3 dB of loss.
    private let photonsLost: Double?

    /// Four numbers.
    struct Eigenvalues: Sendable, Hashable {
        var first, second, third, fourth: Double
    }

    /// - Parameters:
    ///   - modulation: V_A, SNU.
    ///   - transmittance: T, of everything that is Eve's.
    ///   - noise: Tξ, the noise at the end of what is Eve's.
    ///   - trustedLoss: h = (1−η+v_el)/η of what is not.
    init(modulation u: Double, transmittance: Double, noise w: Double, trustedLoss h: Double, detection: Detection) {
        let r = 1 - transmittance
        let b = 1 + (transmittance * u + w)
        let (lost, purity) = (u * r, u * (u + 2) * (r + w))
        let difference = lost - w
        let apart = difference.magnitude
        let rest = difference >= 0 ? w * (2 + u) : 2 * lost + u * w
        let smaller = 2 * rest / ((2 + apart) + ((2 + apart) * (2 + apart) + 4 * rest).squareRoot())
        let greater = smaller + apart
        let (first, second) = (greater * (greater + 2), smaller * (smaller + 2))
        let (sum, product) = (first + second, first * second)

        let (conditionalSum, productShare, apartness): (Double, Double, Double)
        let leading = Self.leading(modulation: u, transmittance: transmittance, noise: w)
        switch detection {
        case .homodyne:
            apartness = (leading.homodyne - b * second) / (b + h)
            conditionalSum = (purity + h * sum) / (b + h)
            productShare = h / (b + h)
        case .heterodyne:
            let loss = 4 * h * (1 + h)
            let scale = (b + 1 + 2 * h) * (b + 1 + 2 * h)
            conditionalSum =
                (loss * sum + 2 * (1 + 2 * h) * purity + product + 2 * lost * (u + 2)) / scale
            productShare = loss / scale
            let trusted = 1 + 2 * h
            apartness =
                (2 * trusted * leading.homodyne + leading.heterodyne - (b * b + 2 * b * trusted + 1) * second) / scale
        }
        let (third, fourth) = Self.roots(
            sum: conditionalSum, productBySum: productShare * second * (first / conditionalSum))
        excess = Eigenvalues(
            first: greater, second: smaller, third: Self.eigenvalue(third), fourth: Self.eigenvalue(fourth))
        // At a low loss, and where noise of Eve's is as great as the modulation, the plain difference is the better one.
        photonsLost =
            transmittance <= 0.5 && first - fourth >= 0.5 * first
            ? first * apartness / (first - fourth) / (2 * (2 + greater + excess.third)) : nil
    }

    /// D and F.
    private static func leading(
        modulation u: Double, transmittance: Double, noise w: Double
    ) -> (homodyne: Double, heterodyne: Double) {
        let sent = transmittance * u
        let c = sent + w
        let n = c * (c + 2)
        let e = w * (1 + u) - sent
        let shared = sent * u * (1 + u)
        return (
            2 * w + shared + c * (3 * w - sent) - 2 * c * sent * u + c * c * c,
            2 * shared + 4 * w + (3 * c * c + (c * c - 2 * transmittance * n) * u * (u + 2) + n * n - e * e)
        )
    }

    /// Two numbers of known sum and product, the greater first. Where they are nearly equal their difference is
    /// inexact; entropy adds up over both, and the errors of first order cancel. The product comes divided by the sum: of a
    /// faint modulation and a long link it would be below the least number there is.
    private static func roots(sum: Double, productBySum: Double) -> (Double, Double) {
        if sum == 0 || productBySum == 0 { return (sum, 0) }
        let discriminant = 1 - 4 * productBySum / sum
        // Rounding may leave it a little below 0; anything else below 0 has no root and becomes NaN.
        let root = discriminant < 0 && discriminant > -1e-12 ? 0 : discriminant.squareRoot()
        return (sum * (1 + root) / 2, 2 * productBySum / (1 + root))
    }

    /// ν − 1 of ν² − 1.
    private static func eigenvalue(_ square: Double) -> Double { square / (1 + (1 + square).squareRoot()) }

    /// χ = G((ν₁−1)/2) + G((ν₂−1)/2) − G((ν₃−1)/2) − G((ν₄−1)/2), bits per symbol. Infinite if an eigenvalue is not
    /// finite or below 1 by more than rounding explains: fail safe.
    var holevoBound: Double {
        for value in [excess.first, excess.second, excess.third, excess.fourth] {
            guard value.isFinite, value >= -1e-6 else { return .infinity }
        }
        let entropy = { (value: Double) in value <= 0 ? 0 : thermalEntropy(value / 2) }
        let lost =
            photonsLost.map { thermalEntropyRise(from: excess.third / 2, by: $0) }
            ?? entropy(excess.first) - entropy(excess.third)
        let bound = lost + (entropy(excess.second) - entropy(excess.fourth))
        // What Eve may know is never negative. Where T·V_A is below the smallest number there is, rounding would say so,
        // and a rate would come of nothing.
        return bound.isFinite ? max(0, bound) : .infinity
    }
}
