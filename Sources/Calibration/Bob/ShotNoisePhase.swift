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
        let (on, off) = (vacuum.moments.variance, dark.moments.variance)
        let shot = on.value.value - off.value.value
        let sigma = (on.sigma.value * on.sigma.value + off.sigma.value * off.sigma.value).squareRoot()
        let fewest = min(on.samples, off.samples)
        let electronic = off.value.value / shot
        let relativeOn = on.sigma.value / on.value.value
        let relativeOff = off.sigma.value / off.value.value
        let relative = (relativeOn * relativeOn + relativeOff * relativeOff).squareRoot()
        var findings = PhaseFindings([
            Measurement("vacuumVariance", on, unit: "LSB^2"),
            Measurement("shotNoiseVariance", value: shot, sigma: sigma, unit: "LSB^2", samples: fewest),
            Measurement(
                "shotNoiseSignificance", value: shot / sigma, unit: "1", samples: fewest,
                limits: limits.shotNoiseSignificance),
            Measurement(
                "electronicNoise", value: electronic,
                // v = V_off/(V_on − V_off): dv = v(1 + v)·d(ln V_off − ln V_on).
                sigma: abs(electronic * (1 + electronic)) * relative, unit: "SNU", samples: fewest),
            Measurement(
                "clearanceDecibels", value: Decibels(ratio: on.value.value / off.value.value).value,
                sigma: 4.342_944_819_032_518 * relative, unit: "dB", samples: fewest, limits: limits.clearance),
            Measurement(
                "clippedSamples", value: Double(vacuum.moments.clipped), sigma: 0, unit: "1",
                samples: vacuum.moments.samples, limits: limits.clippedSamples),
            Measurement("localOscillatorPower", value: vacuum.localOscillatorPower, unit: "W"),
        ])
        findings.rawSums = vacuum.rawSums("vacuum", withPower: true)
        if !(shot > 10 * sigma) {
            findings.end = "no shot noise: the local oscillator is off, blocked, or the detector is dead"
        }
        return findings
    }
}
