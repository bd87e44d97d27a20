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
/// These are the formulas of [1] and [2] rearranged, checked against them at 60 digits (Tests/ReferenceValues/key_rate.py).
struct SymplecticSpectrum: Sendable, Hashable {
    /// ν₁−1 … ν₄−1; ν₅ = 1.
    let excess: Eigenvalues

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

        let (conditionalSum, conditionalProduct): (Double, Double)
        switch detection {
        case .homodyne:
            conditionalSum = (purity + h * sum) / (b + h)
            conditionalProduct = h * product / (b + h)
        case .heterodyne:
            let loss = 4 * h * (1 + h)
            let scale = (b + 1 + 2 * h) * (b + 1 + 2 * h)
            conditionalSum =
                (loss * sum + 2 * (1 + 2 * h) * purity + product + 2 * lost * (u + 2)) / scale
            conditionalProduct = loss * product / scale
        }
        let (third, fourth) = Self.roots(sum: conditionalSum, product: conditionalProduct)
        excess = Eigenvalues(
            first: greater, second: smaller, third: Self.eigenvalue(third), fourth: Self.eigenvalue(fourth))
    }

    /// Two numbers of known sum and product, the greater first. Where they are nearly equal their difference is
    /// inexact; entropy adds up over both, and the errors of first order cancel.
    private static func roots(sum: Double, product: Double) -> (Double, Double) {
        if product == 0 { return (sum, 0) }
        let discriminant = sum * sum - 4 * product
        // Rounding may leave it a little below 0; anything else below 0 has no root and becomes NaN.
        let root = discriminant < 0 && discriminant > -1e-12 * sum * sum ? 0 : discriminant.squareRoot()
        return ((sum + root) / 2, 2 * product / (sum + root))
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
        let bound =
            (entropy(excess.first) - entropy(excess.third)) + (entropy(excess.second) - entropy(excess.fourth))
        return bound.isFinite ? bound : .infinity
    }
}
