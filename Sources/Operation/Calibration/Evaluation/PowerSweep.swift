internal import CalibrationRecords
internal import QuadratureAnalysis

/// What a sweep of the local oscillator's power says of a receiver. Pure.
struct PowerSweep: Sendable {
    var dark: Estimate<RawVariance>
    var points: [LinearityFit.Point]
    var clipped: Int64 = 0
    var nominalPower: Double

    func findings(_ limits: BobLimits) -> PhaseFindings {
        let all = [LinearityFit.Point(power: 0, variance: dark)] + points
        var findings = PhaseFindings()
        findings.curves = [
            CalibrationRecord.Curve(
                name: "linearity", xLabel: "power of the local oscillator / W", yLabel: "variance / LSB²",
                x: all.map(\.power), y: all.map(\.variance.value.value), sigma: all.map(\.variance.sigma.value))
        ]
        let fit: LinearityFit
        do throws(Degeneracy) { fit = try LinearityFit(dark: dark, points: points) } catch {
            findings.measurements = [
                RecordedMeasurement("quadraticShare", value: nil, unit: "1", limits: limits.quadraticShare)
            ]
            findings.note = "the powers do not tell a line from a curve: \(error)"
            return findings
        }
        findings.measurements = [
            RecordedMeasurement("shotNoiseSlope", fit.slope, unit: "LSB^2/W"),
            RecordedMeasurement("quadraticCoefficient", fit.curvature, unit: "LSB^2/W^2"),
            RecordedMeasurement(
                "quadraticShare", fit.quadraticShare(at: nominalPower), unit: "1", limits: limits.quadraticShare),
            RecordedMeasurement("linearShotNoiseVariance", fit.linearShotNoise(at: nominalPower), unit: "LSB^2"),
            RecordedMeasurement(
                "determination", value: fit.polynomial.determination, unit: "1", limits: limits.determination),
            RecordedMeasurement("largestResidual", value: fit.residuals.map(abs).max(), unit: "1"),
            RecordedMeasurement(
                "clippedSamples", value: Double(clipped), sigma: 0, unit: "1", limits: limits.clippedSamples),
        ]
        if let untrusted = fit.untrustedExcessNoise(at: nominalPower) {
            findings.measurements.append(
                RecordedMeasurement("untrustedExcessNoise", untrusted, unit: "SNU", plane: Plane.Detector.name))
        }
        switch fit.verdict {
        case .notSeen: break
        case .saturation:
            findings.measurements.append(RecordedMeasurement("saturationPower", value: fit.bendPower(), unit: "W"))
            findings.note = "b < 0: the receiver saturates"
        case .classicalNoise:
            findings.note =
                "b > 0: classical noise of the local oscillator is left (poor common-mode rejection); V_on − V_off overstates N0, take aP. "
                + "Trusted, bP² is the receiver's; if the eavesdropper owns it, ξ is larger by untrustedExcessNoise at the detector, by that over μ′ηT at the input"
        }
        return findings
    }
}
