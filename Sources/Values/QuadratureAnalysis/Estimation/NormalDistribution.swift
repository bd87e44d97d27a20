// The standard library has no error function.
import Glibc

/// Tails of the normal distribution, accurate far out: a failure probability of 1e-15 lies where 1 − ε has no digits.
public enum NormalDistribution {
    /// P(Z > z).
    public static func upperTail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

    /// P(|Z| > z), z ≥ 0.
    public static func twoSidedTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) }

    /// The z that |Z| exceeds with `probability` (0 < probability ≤ 1), √2·erfc⁻¹: 6.467 at 1e-10. NaN outside.
    ///
    /// Newton on ln erfc, which is concave and falling; √(−ln p) lies above the root (erfc x ≤ e^(−x²)), from where the
    /// steps approach it from one side and cannot overshoot.
    public static func twoSidedQuantile(tail probability: Double) -> Double {
        guard probability > 0, probability <= 1 else { return .nan }
        let target = log(probability)
        var x = (-target).squareRoot()
        // The furthest start, √(−ln 5e-324) = 27.3, has no erfc to take a logarithm of; 26.5 has.
        if erfc(x) == 0 { x = 26.5 }
        for _ in 0..<60 {
            let tail = erfc(x)
            // d ln erfc/dx = −(2/√π)·e^(−x²)/erfc x
            let slope = 1.128_379_167_095_512_6 * exp(-x * x) / tail
            let step = (log(tail) - target) / slope
            x += step
            if abs(step) <= 1e-15 * x { break }
        }
        return x * 2.0.squareRoot()
    }

    /// The z that Z exceeds with `probability` (0 < probability < 1).
    public static func upperQuantile(tail probability: Double) -> Double {
        probability <= 0.5 ? twoSidedQuantile(tail: 2 * probability) : -twoSidedQuantile(tail: 2 * (1 - probability))
    }
}
