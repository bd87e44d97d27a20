// The standard library has no arc tangent.
import Glibc

/// The complex gain between Alice's and Bob's samples and what it leaves unexplained, in raw units.
public struct GainFit: Sendable, Hashable {
    /// Re g, Bob's LSB per Alice's LSB.
    public var real: Double
    /// Im g, Bob's LSB per Alice's LSB.
    public var imaginary: Double
    /// One standard deviation of Re g and, nearly the same, of Im g.
    public var sigma: Double
    /// |g|², Bob's LSB² per Alice's LSB², freed of the bias that the noise of ĝ adds to |ĝ|²; may be negative.
    public var squaredGain: Double
    /// One standard deviation of `squaredGain`.
    public var squaredGainSigma: Double
    /// S²: the variance of Bob's samples about the gain that both of his quadratures share, pooled over them.
    public var residualVariance: Estimate<RawVariance>
    /// Variance of one of Alice's quadratures over the symbols used, her LSB².
    public var modulationVariance: Double
    /// The part of the slopes that no rotation explains, as a power relative to |g|²: imbalance or skew of Bob's
    /// quadratures. S² contains it, as `imagePower`·|g|²V_A, and ξ̂_in as `imagePower`·V_A: this tells how much of ξ̂
    /// balancing the receiver would save. 0 within a few (σ/|g|)² for a sound receiver.
    public var imagePower: Double
    /// Symbols used.
    public var symbols: Int64

    /// θ = arg g, rad.
    public var phase: Double { atan2(imaginary, real) }

    /// |ĝ| in standard deviations: is there any correlation?
    public var significance: Double { (real * real + imaginary * imaginary).squareRoot() / sigma }
}

extension ChannelRegression {
    /// Symbols per basis below which no fit is tried: three parameters and something to judge them by.
    public static let leastSymbols: Int64 = 16

    /// |ĝ| must stand out by this many σ before anything is divided by it. At 8 a false alarm of pure noise has
    /// probability e^(−32) = 1e-14, and the neglected bias of 1/t̂² is below 1/64 of ξ̂.
    public static let leastSignificance = 8.0

    /// Solves for g and S² by least squares.
    ///
    /// The channel of physics.md §3 has one transmittance, so g is one for both quadratures, and what it does not explain
    /// is noise that Eve may own: also what an imbalance or skew of the receiver makes of the modulation. With slopes of
    /// its own for each quadrature, ±5 % at V_A = 5 would take .0125 SNU out of ξ̂.
    ///
    /// S² = [Σyy − Re(ĝ)·Σ(xy_x + py_p) − Im(ĝ)·Σ(xy_p − py_x)]/ν, all sums about the means, with ν = n − 4 of n samples
    /// (g has two parameters, and each quadrature an intercept). Its uncertainty is that of a pooled variance,
    /// 2Σν_qV_q²/ν² over the quadratures q as in `ReceiverMoments.variance`: S²√(2/ν) for a balanced receiver, as for
    /// Gaussian residuals. What the image of Gaussian modulation adds is Gaussian too. Phase noise
    /// makes residuals heteroscedastic (their variance grows with |a|²): with e = |g|²V_A·V_err the true variance of
    /// S² is larger by 4e²/n (heterodyne, n symbols) or 6e²/n (homodyne), and the true variance of |ĝ| is smaller by
    /// the factor 1 − e/S² for heterodyne, where phase noise turns g and does not stretch it. At 3 dB, η = 0.6, V_A = 5
    /// and V_err = 0.02 rad² these change σ(S²) by 0.1 % and σ(T) by 0.7 %; neither is corrected.
    public func fit() throws(EstimateFailure) -> GainFit {
        guard min(x.count, p.count) >= Self.leastSymbols else {
            throw .tooFewSamples(have: min(x.count, p.count), need: Self.leastSymbols)
        }
        let (inX, inP) = (x.centred, p.centred)
        // Correlated to one part in 1e9 is proportional, for int16 data.
        guard inX.determinant > 1e-9 * inX.xx * inX.pp, inP.determinant > 1e-9 * inP.xx * inP.pp else {
            throw .noModulation
        }
        // Normal equations of y = g_r·x − g_i·p (Bob's x) and y = g_r·p + g_i·x (Bob's p), added up.
        let rr = inX.xx + inP.pp
        let ii = inX.pp + inP.xx
        let ri = inP.xp - inX.xp
        let r = inX.xy + inP.py
        let i = inP.xy - inX.py
        let determinant = rr * ii - ri * ri
        let real = (ii * r - ri * i) / determinant
        let imaginary = (rr * i - ri * r) / determinant

        let samples = x.count + p.count
        let freedom = Double(samples - 4)
        let (ofX, ofP) = (
            inX.residual(about: (real, -imaginary)), inP.residual(about: (imaginary, real))
        )
        let residual = (ofX + ofP) / freedom
        // Each quadrature has half of the parameters: V_q = Σ_q/(n_q − 2).
        let spread = 2 * (ofX * ofX / Double(x.count - 2) + ofP * ofP / Double(p.count - 2))
        // Covariance of (g_r, g_i): residual × the inverse of the normal matrix.
        let covRR = residual * ii / determinant
        let covII = residual * rr / determinant
        let covRI = -residual * ri / determinant
        let along = real * real * covRR + 2 * real * imaginary * covRI + imaginary * imaginary * covII
        let squaredTrace = covRR * covRR + 2 * covRI * covRI + covII * covII

        let (a, b) = (inX.coefficients, inP.coefficients)
        let image = ((a.x - b.p) * (a.x - b.p) + (a.p + b.x) * (a.p + b.x)) / 4
        return GainFit(
            real: real, imaginary: imaginary, sigma: ((covRR + covII) / 2).squareRoot(),
            squaredGain: real * real + imaginary * imaginary - covRR - covII,
            squaredGainSigma: (4 * along + 2 * squaredTrace).squareRoot(),
            residualVariance: Estimate(
                RawVariance(residual), sigma: RawVariance(spread.squareRoot() / freedom), samples: samples),
            modulationVariance: (inX.xx + inX.pp + inP.xx + inP.pp) / Double(2 * samples - 4),
            imagePower: image / (real * real + imaginary * imaginary), symbols: symbols)
    }
}
