// The standard library has no error function.
internal import Glibc

/// The upper tail of the normal distribution, good to the last digits far out, where thresholds of a yearly budget lie.
enum NormalTail {
    /// P(Z > z).
    static func probability(above z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }

    /// The z above which a share `probability` of the distribution lies, 1e-300 … 0.5. Newton's method on the logarithm,
    /// which is nearly a parabola there, so that a handful of steps suffice.
    static func quantile(_ probability: Double) -> Double {
        guard probability > 0, probability < 1 else { return .nan }
        guard probability <= 0.5 else { return -quantile(1 - probability) }
        var z = probability > 0.4 ? 0.25 : (-2 * log(probability)).squareRoot()
        for _ in 0..<60 {
            let tail = self.probability(above: z)
            let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            let step = (log(tail) - log(probability)) * tail / density
            z += step
            if abs(step) < 1e-13 * (1 + abs(z)) { break }
        }
        return z
    }
}
