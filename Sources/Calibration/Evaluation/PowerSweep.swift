internal import CalibrationRecords
internal import QuadratureAnalysis

/// V against the power of the local oscillator (physics.md §2): `V(P) = V_off + a·P + b·P²`. Pure.
struct PowerSweep: Sendable, Hashable {
    /// One power: V as measured, P as the unit's photodiode read it.
    struct Point: Sendable, Hashable {
        var power: Double
        var variance: Estimate<RawVariance>
        var clipped: Int64
    }

    var dark: Estimate<RawVariance>
    var points: [Point]
    var nominalPower: Double

    /// A deviation from a straight line by this part is where the curve bends.
    static let bend = 0.05

    func findings(_ limits: BobLimits) -> PhaseFindings {
        let (x, y) = ([0] + points.map(\.power), [dark.value.value] + points.map(\.variance.value.value))
        let sigma = [dark.sigma.value] + points.map(\.variance.sigma.value)
        var findings = PhaseFindings()
        findings.curves = [
            CalibrationRecord.Curve(
                name: "linearity", xLabel: "power of the local oscillator / W", yLabel: "variance / LSB²", x: x, y: y,
                sigma: sigma)
        ]
        guard let fit = PolynomialFit(degree: 2, x: x, y: y, sigma: sigma) else {
            findings.measurements = [
                Measurement("quadraticShare", value: nil, unit: "1", limits: limits.quadraticShare)
            ]
            findings.note = "the powers do not tell a line from a curve"
            return findings
        }
        let (slope, curvature) = (fit.coefficients[1], fit.coefficients[2])
        let share = curvature * nominalPower / slope
        let relative = [fit.sigma(2) / curvature, fit.sigma(1) / slope]
        // q = bP/a: the covariance of a and b counts, they are estimated from the same points.
        let variance =
            relative[0] * relative[0] + relative[1] * relative[1] - 2 * fit.covariance[1][2] / (slope * curvature)
        let shareSigma = abs(share) * max(0, variance).squareRoot()
        let samples = points.map(\.variance.samples).min()
        let worst = zip(x, zip(y, sigma)).map { abs($1.0 - fit.value(at: $0)) / $1.1 }.max()
        findings.measurements = [
            Measurement(
                "shotNoiseSlope", value: slope, sigma: fit.sigma(1), unit: "LSB^2/W", samples: samples),
            Measurement(
                "quadraticCoefficient", value: curvature, sigma: fit.sigma(2), unit: "LSB^2/W^2", samples: samples),
            Measurement(
                "quadraticShare", value: share, sigma: shareSigma, unit: "1", samples: samples,
                limits: limits.quadraticShare),
            Measurement(
                "linearShotNoiseVariance", value: slope * nominalPower, sigma: fit.sigma(1) * nominalPower,
                unit: "LSB^2", samples: samples),
            Measurement("determination", value: fit.determination, unit: "1", limits: limits.determination),
            Measurement("largestResidual", value: worst, unit: "1"),
            Measurement(
                "clippedSamples", value: Double(points.reduce(0) { $0 + $1.clipped }), sigma: 0, unit: "1",
                limits: limits.clippedSamples),
        ]
        if curvature < 0, abs(share) > 3 * shareSigma {
            findings.measurements.append(
                Measurement("saturationPower", value: Self.bend * slope / -curvature, unit: "W"))
            findings.note = "b < 0: the receiver saturates"
        } else if share > 3 * shareSigma {
            findings.note =
                "b > 0: classical noise of the local oscillator is left (poor common-mode rejection); V_on − V_off overstates N0, take aP"
        }
        return findings
    }
}
