/// A variance per power of the local oscillator, LSB²/W.
public struct VariancePerPower: PhysicalQuantity {
    /// LSB²/W.
    public var value: Double
    /// `value` LSB²/W.
    public init(_ value: Double) { self.value = value }
}

/// A variance per square of the power of the local oscillator, LSB²/W².
public struct VariancePerSquaredPower: PhysicalQuantity {
    /// LSB²/W².
    public var value: Double
    /// `value` LSB²/W².
    public init(_ value: Double) { self.value = value }
}

/// V against the power P of the local oscillator, signal blocked: `V(P) = V_off + a·P + b·P²` (physics.md §2).
///
/// aP is shot noise. b > 0 is classical noise of the local oscillator that balancing leaves, b < 0 is saturation.
public struct LinearityFit: Sendable {
    /// V at one power.
    public struct Point: Sendable, Hashable {
        /// Power of the local oscillator, W.
        public var power: Double
        /// V.
        public var variance: Estimate<RawVariance>

        /// A point.
        public init(power: Double, variance: Estimate<RawVariance>) {
            self.power = power
            self.variance = variance
        }
    }

    /// What a curvature means once it stands out.
    public enum Curvature: String, Sendable, Hashable, CaseIterable {
        /// |b| is within 3σ of 0.
        case notSeen
        /// b > 0: classical noise of the local oscillator. V_on − V_off overstates N0, which is aP.
        case classicalNoise
        /// b < 0: the receiver saturates.
        case saturation
    }

    /// The fit: coefficients V_off, a, b.
    public let polynomial: PolynomialFit
    /// All points, the dark one first.
    public let points: [Point]

    /// Fits V_off, measured at P = 0, and V at other powers.
    ///
    /// Throws `.tooFew` or `.indistinct` with fewer than three different powers, 0 included; `.notFinite` where a variance has
    /// no σ, as that of constant samples; `.zeroReference` where V does not grow with the power by 3 σ, so that there is no shot
    /// noise that anything could be a share of.
    public init(dark: Estimate<RawVariance>, points lit: [Point]) throws(Degeneracy) {
        points = [Point(power: 0, variance: dark)] + lit
        polynomial = try PolynomialFit(
            degree: 2, x: points.map(\.power), y: points.map(\.variance.value.value),
            sigma: points.map(\.variance.sigma.value))
        guard polynomial.coefficients[1] > 3 * polynomial.sigma(1) else { throw .zeroReference }
    }

    /// a.
    public var slope: Estimate<VariancePerPower> {
        Estimate(
            VariancePerPower(polynomial.coefficients[1]), sigma: VariancePerPower(polynomial.sigma(1)),
            samples: samples)
    }

    /// b.
    public var curvature: Estimate<VariancePerSquaredPower> {
        Estimate(
            VariancePerSquaredPower(polynomial.coefficients[2]), sigma: VariancePerSquaredPower(polynomial.sigma(2)),
            samples: samples)
    }

    /// Whether b stands out.
    public var verdict: Curvature {
        let deviation = curvature.deviation(from: VariancePerSquaredPower(0))
        return deviation > 3 ? .classicalNoise : deviation < -3 ? .saturation : .notSeen
    }

    /// aP: shot noise without what is quadratic, LSB².
    public func linearShotNoise(at power: Double) -> Estimate<RawVariance> {
        Estimate(
            RawVariance(slope.value.value * power), sigma: RawVariance(slope.sigma.value * power), samples: samples)
    }

    /// q = bP²/(aP). a and b come from the same points: their covariance counts.
    public func quadraticShare(at power: Double) -> Estimate<Ratio> {
        let (a, b) = (slope.value.value, curvature.value.value)
        // dq = P(db/a − b·da/a²), without dividing by b, which may be 0.
        let variance =
            polynomial.covariance[2][2] - 2 * b / a * polynomial.covariance[1][2]
            + b / a * (b / a) * polynomial.covariance[1][1]
        return Estimate(
            Ratio(b / a * power), sigma: Ratio(abs(power / a) * max(0, variance).squareRoot()), samples: samples)
    }

    /// By how much ξ_B grows if bP² is attributed to the eavesdropper ("untrusted", physics.md §2) and not to the receiver:
    /// ξ̂_in = (S² − V_on)/t² takes all of V_on for the receiver's own; without bP² in it ξ_B is larger by bP²/(aP) SNU, and
    /// ξ_in by that over μ′ηT. Unclamped: below 0 within its scatter it says that no such noise was seen. Nil for a receiver
    /// that saturates, whose b is not noise.
    public func untrustedExcessNoise(at power: Double) -> Estimate<ExcessNoise<Plane.Detector>>? {
        guard verdict != .saturation else { return nil }
        let share = quadraticShare(at: power)
        return Estimate(
            ExcessNoise(share.value.value), sigma: ExcessNoise(share.sigma.value), samples: share.samples)
    }

    /// The power at which the curve has bent by `share` from its straight line, −share·a/b, W; nil unless the receiver
    /// saturates.
    public func bendPower(_ share: Double = 0.05) -> Double? {
        verdict == .saturation ? -share * slope.value.value / curvature.value.value : nil
    }

    /// (V − fit)/σ, point by point.
    public var residuals: [Double] {
        points.map { ($0.variance.value.value - polynomial.value(at: $0.power)) / $0.variance.sigma.value }
    }

    /// Samples of the lit point that has the fewest.
    private var samples: Int64 { points.dropFirst().map(\.variance.samples).min() ?? 0 }
}
