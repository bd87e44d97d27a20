internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CommissioningProcedures {
    /// Polarisation, beat and pilot with light on the fibre, within the units' operating ranges.
    public static func polarisation(
        bob: any CalibratedEnd, alice: any CalibratedEnd
    ) async throws(CalibrationFailure) -> Procedure<Void> {
        let (receiver, transmitter) = (try await capabilities(bob), try await capabilities(alice))
        let plan = PhasePlan(
            name: "polarisation", title: "polarisation, beat and pilot",
            seconds: (receiver.statedWarmUp + transmitter.statedWarmUp).inSeconds + 5)
        return single(
            bob, alice,
            CalibrationPhase(plan) { _, progress throws(CalibrationFailure) in
                for (end, data) in [(alice, transmitter), (bob, receiver)] {
                    _ = try await end.lightUp(
                        within: data.warmUpLimit.inSeconds, stated: data.statedWarmUp.inSeconds, progress)
                }
                if bob.identity.capabilities.contains(.shutter) {
                    try await bob.asked { (unit) throws(UnitError) in
                        try await unit.set(SetShutter(position: .open))
                        try await unit.requireShutterInPlace()
                    }
                }
                let quantities: [TelemetryQuantity] = [.polarisationLock, .beatFrequency, .pilotSNR]
                var findings = PhaseFindings(
                    try await settled(bob, quantities, locked: .polarisationLock, progress))
                let names = findings.measurements.map(\.name)
                let missing = quantities.map(\.name.lowerCamelCase).filter { !names.contains($0) }
                if !missing.isEmpty { findings.note = "not measured by this unit: \(missing.joined(separator: ", "))" }
                return findings
            })
    }

    /// Quantities of a unit's telemetry, judged by its own operating ranges. Waits up to 10 s until all are fresh, within
    /// range, and the lock, if one is named, is closed; what is outside then is a result.
    private static func settled(
        _ end: any CalibratedEnd, _ quantities: [TelemetryQuantity], locked: TelemetryQuantity,
        _ progress: PhaseProgress
    ) async throws(CalibrationFailure) -> [RecordedMeasurement] {
        var found: [RecordedMeasurement] = []
        for round in 0..<20 {
            let readings = try await end.asked { (unit) throws(UnitError) in try await unit.telemetry() }
            found = readings.filter { $0.quantity.map(quantities.contains) ?? false }
                .map { measurement($0, isLock: $0.quantity == locked) }
            if found.allSatisfy({ $0.outcome == .pass }) { return found }
            progress(Double(round) / 20, "waiting for the lock")
            do { try await end.clock.sleep(for: .milliseconds(500)) } catch { throw .cancelled }
        }
        return found
    }

    private static func measurement(_ reading: TelemetryReading, isLock: Bool) -> RecordedMeasurement {
        let finite = { (value: Double) in value.isFinite ? value : nil }
        return RecordedMeasurement(
            reading.name.lowerCamelCase, value: reading.usable, unit: reading.unit,
            limits: isLock
                ? AcceptanceLimits(minimum: 1)
                : AcceptanceLimits(
                    minimum: finite(reading.operating.lowerBound), maximum: finite(reading.operating.upperBound)))
    }
}

extension String {
    /// `beat_frequency` as records write it: `beatFrequency`.
    var lowerCamelCase: String {
        let words = split(separator: "_")
        return (words.prefix(1).map(String.init) + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() })
            .joined()
    }
}
