// The standard library has no logarithm.
import Glibc

/// G(y + δ) − G(y), bits, exact to some units in the last place of itself also where δ is far below y: at a loss of 130 dB
/// the entropies of 14 bits differ by 1e-13, and as a difference of two rounded entropies that is noise.
///
/// - Where |δ| < 1: `δ·ln(1+1/y) − z₁z₂ + (x+1)·h(z₁) − x·h(z₂)` with x = y + δ, z₁ = δ/(y+1), z₂ = δ/y and
///   h(z) = ln(1+z) − z. Every term but the first is of second order in δ.
/// - Else G(t) = ln(1+t) + 1 − ψ(t), ψ(t) = 1 − t·ln(1+1/t): the logarithms are subtracted exactly, and ψ is below 1/(2t).
func thermalEntropyRise(from y: Double, by rise: Double) -> Double {
    let x = y + rise
    // Far apart: nothing cancels.
    guard y > 0, rise.magnitude <= 0.5 * y else {
        return (x <= 0 ? 0 : thermalEntropy(x)) - (y <= 0 ? 0 : thermalEntropy(y))
    }
    if rise.magnitude >= 1 {
        return (log1p(rise / (1 + y)) - (restOfEntropy(x) - restOfEntropy(y))) / M_LN2
    }
    let (above, below) = (rise / (y + 1), rise / y)
    let second = (x + 1) * logarithmBeyondFirstOrder(above) - x * logarithmBeyondFirstOrder(below)
    return (rise * log1p(1 / y) - above * below + second) / M_LN2
}

/// ψ(t) = 1 − t·ln(1+1/t) = 1/(2t) − 1/(3t²) + …, t > 0.
private func restOfEntropy(_ photons: Double) -> Double {
    guard photons > 20 else { return 1 - photons * log1p(1 / photons) }
    let step = -1 / photons
    var (sum, power) = (0.0, -step)
    // 20^(−14) is below the last place of the first term.
    for order in 2...15 {
        sum += power / Double(order)
        power *= step
    }
    return sum
}

/// h(z) = ln(1+z) − z, |z| ≤ ½.
private func logarithmBeyondFirstOrder(_ z: Double) -> Double {
    guard z.magnitude < 0.1 else { return log1p(z) - z }
    var (sum, power) = (0.0, -z * z)
    for order in 2...17 {
        sum += power / Double(order)
        power *= -z
    }
    return sum
}
