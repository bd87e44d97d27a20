// The standard library has no error function and no exponential.
import Glibc

/// What a converter that clips at ±limit makes of a Gaussian.
struct Censoring {
    /// Slope of the mean of the clipped value on anything that is jointly Gaussian with the value (Bussgang 1952): the
    /// probability of not clipping.
    let slope: Double
    /// Variance of the clipped value.
    let variance: Double

    init(mean: Double, variance: Double, limit: Double) {
        let sigma = variance.squareRoot()
        let (a, b) = ((-limit - mean) / sigma, (limit - mean) / sigma)
        let below = erfc(-a / 2.0.squareRoot()) / 2
        let above = erfc(b / 2.0.squareRoot()) / 2
        let (densityA, densityB) = (
            exp(-a * a / 2) / (2 * Double.pi).squareRoot(), exp(-b * b / 2) / (2 * Double.pi).squareRoot()
        )
        slope = 1 - below - above
        // Moments of the standard variable u = (y − mean)/σ, clipped to a…b.
        let first = a * below + b * above + densityA - densityB
        // An infinite a or b does not occur: the limit is finite.
        let second = a * a * below + b * b * above + slope + a * densityA - b * densityB
        self.variance = variance * (second - first * first)
    }
}
