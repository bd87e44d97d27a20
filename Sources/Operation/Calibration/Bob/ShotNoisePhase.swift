internal import CalibrationRecords
internal import QuadratureAnalysis
internal import UnitProtocol

extension CalibrationPhase where Notes == BobNotes {
    /// V_on: local oscillator on, shutter closed; N0, v_el and clearance with the V_off of before (two-time evaluation).
    static func shotNoise(
        _ bob: any CalibratedEnd, _ plan: BobPlan, _ capabilities: Capabilities, _ limits: BobLimits
    ) -> Self {
        let windows = WindowPlan(samples: plan.vacuumSamples, capabilities: capabilities, least: 16)
        return CalibrationPhase(
            PhasePlan(
                name: "shotNoise", title: "V_on: local oscillator on, shutter closed",
                samples: windows.quadratureSamples(capabilities), seconds: windows.seconds(capabilities))
        ) { notes, progress throws(CalibrationFailure) in
            try await bob.shutterAtRest()
            let vacuum = try await bob.series(.vacuum, windows, capabilities) { fraction, _ in progress(fraction) }
            notes.vacuum = vacuum
            guard let dark = notes.dark else { throw .badPlan("shot noise needs V_off first") }
            return ShotNoiseFindings(dark: dark, vacuum: vacuum).findings(limits)
        }
    }
}

/// N0 and what follows from it, from two series: pure.
struct ShotNoiseFindings {
    let dark: MomentSeries
    let vacuum: MomentSeries

    func findings(_ limits: BobLimits) -> PhaseFindings {
        let evaluated: Result<ShotNoise, ShotNoiseFailure>
        do throws(ShotNoiseFailure) {
            evaluated = .success(try ShotNoise(vacuum: vacuum.moments, dark: dark.moments))
        } catch {
            evaluated = .failure(error)
        }
        let found = try? evaluated.get()
        var findings = PhaseFindings([
            RecordedMeasurement("vacuumVariance", vacuum.moments.variance, unit: "LSB^2"),
            RecordedMeasurement("shotNoiseVariance", found?.shotNoiseVariance, unit: "LSB^2"),
            RecordedMeasurement(
                "shotNoiseSignificance", value: found?.significance, unit: "1",
                samples: found?.shotNoiseVariance.samples, limits: limits.shotNoiseSignificance),
            RecordedMeasurement("electronicNoise", found?.electronicNoise, unit: "SNU"),
            RecordedMeasurement("clearanceDecibels", found?.clearance, unit: "dB", limits: limits.clearance),
            RecordedMeasurement(
                "clippedSamples", value: Double(vacuum.moments.clipped), sigma: 0, unit: "1",
                samples: vacuum.moments.samples, limits: limits.clippedSamples),
            RecordedMeasurement("localOscillatorPower", value: vacuum.localOscillatorPower, unit: "W"),
        ])
        findings.rawSums = vacuum.rawSums("vacuum", withPower: true)
        switch evaluated {
        case .success(let found) where found.significance > 10: break
        // A receiver that clips is looked at to the end: the range tells by how much.
        case .failure(let failure) where failure.isClipping: findings.note = "no shot noise: \(failure)"
        case .success, .failure(.vacuumNotAboveDark):
            findings.end = "no shot noise: the local oscillator is off, blocked, or the detector is dead"
        case .failure(let failure): findings.end = "no shot noise: \(failure)"
        }
        return findings
    }
}

extension ShotNoiseFailure {
    fileprivate var isClipping: Bool {
        if case .clipped = self { true } else { false }
    }
}
