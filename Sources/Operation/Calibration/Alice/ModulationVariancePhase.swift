internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

extension CalibrationPhase where Notes == AliceNotes {
    /// The monitor photodiode against V_A as the unit states it, over several attenuations.
    static func modulationVariance(
        _ alice: any CalibratedEnd, _ plan: AlicePlan, _ capabilities: Capabilities, _ limits: AliceLimits
    ) -> Self {
        let settings = plan.set(capabilities)
        let count = Double(settings.count)
        return CalibrationPhase(
            PhasePlan(
                name: "modulationVariance", title: "V_A: monitor photodiode over \(settings.count) attenuations",
                seconds: count * (plan.meanSeconds + 0.2))
        ) { notes, progress throws(CalibrationFailure) in
            var regression = MonitorRegression(dark: notes.monitorDark, points: [])
            for (index, attenuation) in settings.enumerated() {
                try await alice.modulate(
                    .gaussian, variance: plan.variance(capabilities), attenuation: attenuation)
                let state = try await alice.asked { (unit) throws(UnitError) in try await unit.opticalState() }
                let power = try await alice.mean(of: .monitorPower, readings: plan.readings) {
                    progress((Double(index) + $0) / count)
                }
                guard let power else {
                    throw .unsuitable(serial: alice.identity.serial, lacks: "monitor photodiode that answers")
                }
                regression.points.append(
                    MonitorRegression.Point(
                        stated: state.modulationVariance, power: power, set: state.attenuationSet,
                        readBack: state.attenuationReadBack))
            }
            return regression.findings(limits)
        }
    }
}

/// P = c + k·V_A (physics.md: V_A = 2⟨n⟩): k converts the monitor's watts to SNU, c is carrier that leaks. Pure.
struct MonitorRegression {
    struct Point: Sendable, Hashable {
        /// V_A in force as the unit states it, SNU.
        var stated: Double
        var power: SeriesMean
        var set: Double
        var readBack: Double
    }

    var dark: SeriesMean
    var points: [Point]

    /// No photodiode is better than this from reading to reading, relative: it keeps exact zeros of scatter out.
    static let leastScatter = 1e-4

    func findings(_ limits: AliceLimits) -> PhaseFindings {
        let x = points.map(\.stated)
        let y = points.map { $0.power.value - dark.value }
        let sigma = points.map { point in
            let (own, floor) = (point.power.sigma, Self.leastScatter * abs(point.power.value))
            return (own * own + floor * floor + dark.sigma * dark.sigma).squareRoot()
        }
        let offsets = points.map { abs($0.readBack - $0.set) }.max() ?? .nan
        var findings = PhaseFindings()
        findings.curves = [
            .init(
                name: "monitor", xLabel: "V_A as stated / SNU", yLabel: "monitor photodiode / W", x: x, y: y,
                sigma: sigma)
        ]
        guard let fit = try? PolynomialFit(degree: 1, x: x, y: y, sigma: sigma), fit.coefficients[1] > 0,
            let first = points.first
        else {
            findings.measurements = [
                RecordedMeasurement("monitorConversion", value: nil, unit: "W/SNU", limits: limits.monitorDeviation)
            ]
            findings.note = "the monitor photodiode does not follow the modulation"
            return findings
        }
        let (offset, slope) = (fit.coefficients[0], fit.coefficients[1])
        let deviations = zip(x, y).map { ($1 - offset) / slope / $0 - 1 }
        let worst = deviations.map(abs).max() ?? .nan
        // Statistics of the line, and the deviations from it, which are the attenuator's: rectangular, so over √3.
        let statistics = fit.sigma(1) / slope
        let attenuator = max(worst, Decibels(offsets).relativeSigma) / 3.0.squareRoot()
        let relative = (statistics * statistics + attenuator * attenuator).squareRoot()
        findings.measurements = [
            RecordedMeasurement(
                "monitorConversion", value: slope, sigma: slope * relative, unit: "W/SNU", source: .verifiedRatio),
            RecordedMeasurement("carrierPowerInForce", value: offset, sigma: fit.sigma(0), unit: "W"),
            RecordedMeasurement(
                "modulationVariance", value: first.stated, sigma: first.stated * relative, unit: "SNU",
                source: .verifiedRatio),
            RecordedMeasurement("monitorDeviation", value: worst, unit: "1", limits: limits.monitorDeviation),
            RecordedMeasurement("attenuationError", value: offsets, unit: "dB", limits: limits.attenuationError),
        ]
        findings.budget = [
            .init(
                result: "modulationVariance", cause: "readings of the monitor photodiode",
                sigma: first.stated * statistics, evaluation: "A"),
            .init(
                result: "modulationVariance", cause: "attenuator: read-back and linearity",
                sigma: first.stated * attenuator, evaluation: "B"),
        ]
        findings.note = "ratios only: the absolute factor is the unit's own statement"
        return findings
    }
}
