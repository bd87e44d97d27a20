internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CalibrationPhase where Notes == BobNotes {
    /// Raw vacuum samples: histogram, kurtosis, correlations.
    static func vacuumSamples(
        _ bob: any CalibratedEnd, _ plan: BobPlan, _ capabilities: Capabilities, _ limits: BobLimits
    ) -> Self {
        let count = bob.captureCount(plan, capabilities)
        return CalibrationPhase(
            PhasePlan(
                name: "vacuumSamples", title: "raw vacuum: histogram, kurtosis, correlations", samples: Int64(count),
                seconds: bob.captureSeconds(count))
        ) { notes, progress throws(CalibrationFailure) in
            let captured = try await bob.asked { (unit) throws(UnitError) in
                try await unit.capture(samples: count) { progress(Double($0) / Double(count)) }
            }
            notes.vacuumCapture = captured
            return CapturedVacuum(
                captured.samples, isPair: captured.header.format == .xp16
            ).findings(limits)
        }
    }
}

extension CalibratedEnd {
    /// Even, and no more than the unit keeps.
    func captureCount(_ plan: BobPlan, _ capabilities: Capabilities) -> UInt32 {
        min(plan.captureSamples, capabilities.maximumCaptureSamples) / 2 * 2
    }

    /// A capture crosses the control channel: a serial line of 921,600 baud takes some 90 kB/s, USB a hundred times that.
    func captureSeconds(_ samples: UInt32) -> Double {
        2 * Double(samples) / (identity.endpoint.kind == .serial ? 90e3 : 10e6) + 0.1
    }
}
