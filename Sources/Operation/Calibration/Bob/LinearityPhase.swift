internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CalibrationPhase where Notes == BobNotes {
    /// V over the power of the local oscillator, signal blocked; back to nominal power at the end.
    static func linearity(
        _ bob: any CalibratedEnd, _ plan: BobPlan, _ capabilities: Capabilities, _ limits: BobLimits
    ) -> Self {
        let powers = plan.powers(capabilities)
        let windows = WindowPlan(samples: plan.sweepSamples, capabilities: capabilities)
        let count = Double(powers.count)
        return CalibrationPhase(
            PhasePlan(
                name: "linearity", title: "linearity: V over \(powers.count) powers of the local oscillator",
                samples: Int64(powers.count) * windows.quadratureSamples(capabilities),
                seconds: count * (windows.seconds(capabilities) + 0.3))
        ) { notes, progress throws(CalibrationFailure) in
            let dark = try notes.both().dark
            var sweep = PowerSweep(
                dark: dark.moments.variance, points: [], nominalPower: capabilities.nominalLocalOscillatorPower)
            var sums: [CalibrationRecord.RawSums] = []
            for (index, power) in powers.enumerated() {
                try await bob.setLocalOscillator(power: power)
                let series = try await bob.series(.vacuum, windows, capabilities) { fraction, _ in
                    progress((Double(index) + fraction) / count)
                }
                sweep.points.append(
                    LinearityFit.Point(power: series.localOscillatorPower, variance: series.moments.variance))
                sweep.clipped &+= series.moments.clipped
                sums += series.rawSums("sweep", withPower: true)
            }
            try await bob.setLocalOscillator(power: capabilities.nominalLocalOscillatorPower)
            var findings = sweep.findings(limits)
            findings.rawSums = sums
            return findings
        }
    }
}

extension CalibratedEnd {
    /// Sets the power, W, and waits until the read-back is there and at rest: within one per cent of the set value, or
    /// unchanged by a thousandth over 0.1 s (its photodiode may be off by more), at most 5 s.
    func setLocalOscillator(power: Double) async throws(CalibrationFailure) {
        try await asked { (unit) throws(UnitError) in
            try await unit.set(SetLocalOscillator(on: true, power: power))
        }
        var last = 0.0
        for _ in 0..<100 {
            let found = try await asked { (unit) throws(UnitError) in
                try await unit.opticalState().localOscillatorPower
            }
            if abs(found - power) < 0.01 * power || (last > 0 && abs(found - last) < 1e-3 * last) { return }
            last = found
            do { try await clock.sleep(for: .milliseconds(50)) } catch { throw .cancelled }
        }
        throw .unit(.bob, .notReached(state: .ready, milliseconds: 5000))
    }
}
