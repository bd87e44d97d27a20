internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CalibrationPhase where Notes == BobNotes {
    /// V_off: local oscillator off, shutter closed, through the signal's own processing.
    static func electronicNoise(
        _ bob: any CalibratedEnd, _ plan: BobPlan, _ capabilities: Capabilities, _ limits: BobLimits
    ) -> Self {
        let windows = WindowPlan(samples: plan.darkSamples, capabilities: capabilities)
        return CalibrationPhase(
            PhasePlan(
                name: "electronicNoise", title: "V_off: local oscillator off, shutter closed",
                samples: windows.quadratureSamples(capabilities), seconds: windows.seconds(capabilities))
        ) { notes, progress throws(CalibrationFailure) in
            try await bob.goDark()
            let dark = try await bob.series(.dark, windows, capabilities) { fraction, _ in progress(fraction) }
            notes.dark = dark
            var findings = PhaseFindings([
                RecordedMeasurement("electronicVariance", dark.moments.variance, unit: "LSB^2"),
                RecordedMeasurement(
                    "clippedSamples", value: Double(dark.moments.clipped), sigma: 0, unit: "1",
                    samples: dark.moments.samples, limits: limits.clippedSamples),
            ])
            findings.rawSums = dark.rawSums("dark", withPower: false)
            return findings
        }
    }
}

extension CalibratedEnd {
    /// Light off, shutter closed and at rest.
    func goDark() async throws(CalibrationFailure) {
        try await asked { (unit) throws(UnitError) in try await unit.lightDown() }
        try await shutterAtRest()
    }

    /// Waits until the shutter is at rest: a closed one is at its extinction then. Throws if it is not where it was told to
    /// be.
    func shutterAtRest() async throws(CalibrationFailure) {
        guard identity.capabilities.contains(.shutter) else { return }
        let settling = try await asked { (unit) throws(UnitError) in try await unit.capabilities().shutterSettling }
        do { try await clock.sleep(for: .seconds(min(max(settling, 0), 10))) } catch { throw .cancelled }
        try await asked { (unit) throws(UnitError) in try await unit.requireShutterInPlace() }
    }
}
