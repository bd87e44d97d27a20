internal import CalibrationRecords
internal import QuadratureAnalysis
internal import UnitProtocol

extension CalibrationPhase where Notes == BobNotes {
    /// V_on, window after window: Allan deviation and drift, which set the record's expiry.
    static func stability(
        _ bob: any CalibratedEnd, _ plan: BobPlan, _ capabilities: Capabilities, _ limits: BobLimits
    ) -> Self {
        let each = min(plan.stabilityWindowSamples, UInt64(max(1000, min(capabilities.maximumSymbolRate, 1e15))))
        let windows = WindowPlan(
            samples: each * UInt64(plan.stabilityWindows), capabilities: capabilities, least: plan.stabilityWindows)
        return CalibrationPhase(
            PhasePlan(
                name: "stability", title: "stability: V_on in \(windows.windows.count) windows",
                samples: windows.quadratureSamples(capabilities), seconds: windows.seconds(capabilities))
        ) { notes, progress throws(CalibrationFailure) in
            let vacuum = try notes.both().vacuum.moments.variance
            let series = try await bob.series(.vacuum, windows, capabilities) { fraction, _ in progress(fraction) }
            let evaluation = StabilityEvaluation(
                windows: series.windows, relativeUncertainty: vacuum.sigma.value / vacuum.value.value)
            notes.stability = evaluation
            var findings = evaluation.findings(limits)
            findings.rawSums = series.rawSums("stability", withPower: true)
            return findings
        }
    }
}
