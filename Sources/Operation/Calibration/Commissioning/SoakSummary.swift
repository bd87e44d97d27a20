internal import Foundation
internal import CalibrationRecords

/// What the intervals of a soak say together.
struct SoakSummary {
    let points: [SoakPoint]

    /// Mean of ξ_in, weighted with 1/σ².
    var excessNoise: (value: Double, sigma: Double) {
        let weights = points.map { 1 / ($0.excessNoiseSigma * $0.excessNoiseSigma) }
        let sum = weights.reduce(0, +)
        return (zip(points, weights).reduce(0) { $0 + $1.0.excessNoise * $1.1 } / sum, (1 / sum).squareRoot())
    }

    /// χ² per degree of freedom of ξ_in about its mean: 1 if its intervals differ by their σ only. Nil for one point.
    var scatter: Double? {
        guard points.count > 1 else { return nil }
        let mean = excessNoise.value
        let sum = points.reduce(0) { $0 + (($1.excessNoise - mean) / $1.excessNoiseSigma).squared }
        return sum / Double(points.count - 1)
    }

    /// Largest minus smallest loss, dB.
    var lossRange: Double { (points.map(\.loss).max() ?? 0) - (points.map(\.loss).min() ?? 0) }

    /// Findings with limits. χ² per degree of freedom exceeds `1 + 5√(2/ν)` with a probability below 1e-4 for ν ≥ 5
    /// (below 1e-3 for fewer) if nothing drifts.
    var findings: PhaseFindings {
        let noise = excessNoise
        var findings = PhaseFindings([
            RecordedMeasurement("soakTime", value: points.reduce(0) { $0 + $1.seconds }, unit: "s"),
            RecordedMeasurement(
                "soakExcessNoise", value: noise.value, sigma: noise.sigma, unit: "SNU", plane: "input",
                limits: AcceptanceLimits(minimum: -5 * noise.sigma), judging: .value),
            RecordedMeasurement(
                "lossRange", value: lossRange, unit: "dB", limits: AcceptanceLimits(maximum: 1, marginalMaximum: 0.5)),
            RecordedMeasurement(
                "lostSymbols", value: Double(points.reduce(0) { $0 + $1.missingSymbols }), unit: "1",
                limits: AcceptanceLimits(marginalMaximum: 0)),
            RecordedMeasurement(
                "delayChanges", value: Double(zip(points, points.dropFirst()).count { $0.delay != $1.delay }),
                unit: "1",
                limits: AcceptanceLimits(maximum: 0)),
        ])
        if let scatter {
            let width = (2 / Double(points.count - 1)).squareRoot()
            findings.measurements.append(
                RecordedMeasurement(
                    "excessNoiseScatter", value: scatter, unit: "1",
                    limits: AcceptanceLimits(maximum: 1 + 10 * width, marginalMaximum: 1 + 5 * width)))
        }
        let x = points.map { $0.time.timeIntervalSince(points[0].time) }
        findings.curves = [
            CalibrationRecord.Curve(
                name: "excessNoise", xLabel: "time, s", yLabel: "ξ_in, SNU", x: x, y: points.map(\.excessNoise),
                sigma: points.map(\.excessNoiseSigma)),
            CalibrationRecord.Curve(
                name: "loss", xLabel: "time, s", yLabel: "loss, dB", x: x, y: points.map(\.loss),
                sigma: points.map(\.lossSigma)),
        ]
        findings.note = LinkReportLabel.text
        return findings
    }
}

/// What stands beside estimates from training.
enum LinkReportLabel { static let text = "link health, not a security estimate" }

extension Double {
    var squared: Double { self * self }
}
