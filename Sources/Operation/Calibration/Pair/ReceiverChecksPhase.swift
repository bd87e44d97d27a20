// The standard library has no logarithm.
internal import Glibc
internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

extension PairRun {
    /// What only light from Alice can show of Bob: the shutter's extinction, and the angle between his quadratures.
    func receiverChecks(_ bob: Capabilities, _ alice: Capabilities) -> CalibrationPhase<PairNotes> {
        let windows = WindowPlan(samples: plan.extinctionSamples, capabilities: bob)
        return CalibrationPhase(
            PhasePlan(
                name: "receiverChecks",
                title: "shutter's extinction; angle of quadratures",
                samples: 2 * windows.quadratureSamples(bob), seconds: 2 * windows.seconds(bob) + 0.4)
        ) { notes, progress throws(CalibrationFailure) in
            guard let health = notes.health, let dark = notes.dark else {
                return PhaseFindings([
                    RecordedMeasurement("shutterExtinction", value: nil, unit: "dB", limits: limits.shutterExtinction)
                ])
            }
            try await self.bob.asked { (unit) throws(UnitError) in try await unit.set(SetShutter(position: .closed)) }
            try await self.bob.shutterAtRest()
            let variance = alice.maximumModulationVariance
            if self.alice.identity.capabilities.contains(.variableAttenuator) {
                try await self.alice.modulate(.gaussian, variance: variance, attenuation: alice.minimumAttenuation)
            }
            let lit = try await self.bob.series(.vacuum, windows, bob) { fraction, _ in progress(fraction / 2) }
            if self.alice.identity.capabilities.contains(.variableAttenuator) {
                try await self.alice.modulate(.off, variance: variance, attenuation: alice.maximumAttenuation)
            }
            let unlit = try await self.bob.series(.vacuum, windows, bob) { fraction, _ in progress(0.5 + fraction / 2) }
            let efficiency = KnownEfficiency(plan.factoryEfficiency, bob).value
            let signal =
                health.transmittance.value.value * notes.detection.quadratureShare * efficiency
                * health.shotNoise.value.value * variance
            let extinction = ShutterExtinction(
                lit: lit.moments.variance, unlit: unlit.moments.variance, signal: signal)
            var findings = PhaseFindings([
                RecordedMeasurement(
                    "shutterExtinction", value: extinction.decibels, sigma: extinction.sigma, unit: "dB",
                    samples: lit.moments.samples, bound: extinction.isBound ? .lower : nil,
                    limits: extinction.isBound ? limits.shutterExtinction : limits.leakingShutterExtinction),
                RecordedMeasurement(
                    "statedShutterExtinction", value: bob.shutterExtinction, unit: "dB", source: .stated),
            ])
            let balance = QuadratureBalance(dark: dark, vacuum: unlit.moments)
            if let ratio = balance.gainRatio {
                findings.measurements += [
                    RecordedMeasurement("gainRatio", value: ratio.value, sigma: ratio.sigma, unit: "1"),
                    RecordedMeasurement(
                        "quadratureAngleError",
                        value: QuadratureAngle.magnitude(imagePower: health.imagePower, gainRatio: ratio.value),
                        unit: "rad", limits: AcceptanceLimits(maximum: 0.15, marginalMaximum: 0.05)),
                ]
            }
            findings.rawSums = lit.rawSums("vacuumLit", withPower: true) + unlit.rawSums("vacuum", withPower: true)
            if extinction.isBound { findings.note = "no leak is seen: the shutter extinguishes at least that" }
            return findings
        }
    }
}

/// What leaks through the closed shutter, from V_on with Alice's light on and off: pure.
struct ShutterExtinction {
    let decibels: Double
    let sigma: Double?
    /// Whether no leak was seen, so that the figure is a lower bound at 3σ.
    let isBound: Bool

    /// `signal` is the variance that the open shutter would add, LSB².
    init(lit: Estimate<RawVariance>, unlit: Estimate<RawVariance>, signal: Double) {
        let difference = lit.value.value - unlit.value.value
        let sigma = (lit.sigma.value * lit.sigma.value + unlit.sigma.value * unlit.sigma.value).squareRoot()
        isBound = difference <= 4 * sigma
        let leak = isBound ? max(difference, 0) + 3 * sigma : difference
        decibels = 10 * log10(signal / leak)
        self.sigma = isBound ? nil : Decibels(relativeSigma: sigma / leak).value
    }
}

/// The angle by which Bob's quadratures miss 90°. Its sign is not in the image's power.
enum QuadratureAngle {
    /// |image|² ≈ (g² + φ²)/4 for small imbalances, g the relative difference of the gains: what the gains leave is the
    /// angle's, rad.
    static func magnitude(imagePower: Double, gainRatio: Double) -> Double {
        let difference = 2 * (gainRatio - 1) / (gainRatio + 1)
        return max(0, 4 * imagePower - difference * difference).squareRoot()
    }
}
