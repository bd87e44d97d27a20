// The standard library has no logarithm.
internal import Glibc
internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

extension CalibrationPhase where Notes == AliceNotes {
    /// Bias and extinction: the monitor photodiode without modulation and at the highest V_A, with the bias locked.
    static func modulator(
        _ alice: any CalibratedEnd, _ plan: AlicePlan, _ capabilities: Capabilities, _ limits: AliceLimits
    ) -> Self {
        CalibrationPhase(
            PhasePlan(
                name: "modulator", title: "bias and extinction of the modulator",
                seconds: 3 * plan.meanSeconds + 0.4)
        ) { notes, progress throws(CalibrationFailure) in
            if alice.identity.capabilities.contains(.modulatorBiasLock) {
                try await alice.asked { (unit) throws(UnitError) in
                    try await unit.set(SetModulatorBiasLock(enabled: true))
                }
            }
            let highest = capabilities.maximumModulationVariance
            let attenuation = capabilities.minimumAttenuation
            try await alice.modulate(.off, variance: highest, attenuation: attenuation)
            let off = try await alice.mean(of: .monitorPower, readings: plan.readings) { progress($0 / 3) }
            let bias = try await alice.mean(of: .modulatorBiasError, readings: plan.readings) { progress((1 + $0) / 3) }
            try await alice.modulate(.gaussian, variance: highest, attenuation: attenuation)
            let on = try await alice.mean(of: .monitorPower, readings: plan.readings) { progress((2 + $0) / 3) }
            let extinction = Extinction(dark: notes.monitorDark, off: off, on: on)
            var findings = PhaseFindings([
                RecordedMeasurement(
                    "modulatorBiasError", value: bias?.value, sigma: bias?.sigma, unit: "1", limits: limits.biasError),
                RecordedMeasurement("carrierPower", value: off?.value, sigma: off?.sigma, unit: "W"),
                RecordedMeasurement(
                    "modulatorExtinction", value: extinction.decibels, sigma: extinction.sigma, unit: "dB",
                    bound: extinction.isBound ? .lower : nil, limits: limits.extinction),
            ])
            if extinction.isBound {
                findings.note = "no light is seen without modulation: the extinction is at least that, at 3σ"
            }
            return findings
        }
    }
}

/// The modulator's extinction from three readings of the monitor photodiode: pure.
struct Extinction {
    let decibels: Double?
    let sigma: Double?
    /// Whether nothing was seen, so that the figure is a lower bound at 3σ.
    let isBound: Bool

    init(dark: SeriesMean, off: SeriesMean?, on: SeriesMean?) {
        guard let left = SeriesMean.difference(off, dark), let full = SeriesMean.difference(on, dark), full.value > 0
        else {
            (decibels, sigma, isBound) = (nil, nil, false)
            return
        }
        isBound = left.value <= 3 * left.sigma
        let seen = isBound ? max(left.value, 0) + 3 * left.sigma : left.value
        // Of two exact zeros the ratio says nothing: nothing was measured at all.
        guard seen > 0 else {
            (decibels, sigma) = (nil, nil)
            return
        }
        decibels = 10 * log10(full.value / seen)
        let (a, b) = (full.sigma / full.value, left.sigma / seen)
        sigma = isBound ? nil : Decibels(relativeSigma: (a * a + b * b).squareRoot()).value
    }
}
