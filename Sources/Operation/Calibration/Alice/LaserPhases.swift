internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension CalibrationPhase where Notes == AliceNotes {
    /// The monitor photodiode with the laser off: what has to be taken off every later reading.
    static func darkMonitor(_ alice: any CalibratedEnd, _ plan: AlicePlan) -> Self {
        CalibrationPhase(
            PhasePlan(name: "darkMonitor", title: "monitor photodiode, laser off", seconds: plan.meanSeconds)
        ) { notes, progress throws(CalibrationFailure) in
            try await alice.goDark()
            let dark = try await alice.mean(of: .monitorPower, readings: plan.readings) { progress($0) }
            notes.monitorDark = dark ?? SeriesMean(value: 0, sigma: 0)
            // The least light while the laser warms up: no modulation, all the attenuation there is.
            let capabilities = notes.capabilities
            try await alice.modulate(
                .off, variance: plan.variance(capabilities), attenuation: capabilities.maximumAttenuation)
            return PhaseFindings([
                RecordedMeasurement("monitorDarkPower", value: dark?.value, sigma: dark?.sigma, unit: "W")
            ])
        }
    }

    /// Power, scatter and temperature of the signal laser.
    static func laser(_ alice: any CalibratedEnd, _ plan: AlicePlan, _ limits: AliceLimits) -> Self {
        CalibrationPhase(
            PhasePlan(name: "laser", title: "power and stability of the laser", seconds: plan.meanSeconds)
        ) { _, progress throws(CalibrationFailure) in
            let powers = try await alice.readings(of: .laserPower, count: plan.readings) { progress($0) }
            let mean = SeriesMean(powers)
            let scatter = mean.map { $0.sigma * Double(powers.count).squareRoot() / $0.value }
            let now = try await alice.asked { (unit) throws(UnitError) in try await unit.telemetry() }
            func value(_ quantity: TelemetryQuantity) -> Double? { now.first { $0.quantity == quantity }?.usable }
            return PhaseFindings([
                RecordedMeasurement("laserPower", value: mean?.value, sigma: mean?.sigma, unit: "W"),
                RecordedMeasurement("laserPowerScatter", value: scatter, unit: "1", limits: limits.laserScatter),
                RecordedMeasurement("laserTemperature", value: value(.laserTemperature), unit: "degC"),
                RecordedMeasurement("laserFrequency", value: value(.laserFrequency), unit: "Hz"),
            ])
        }
    }
}

extension CalibratedEnd {
    /// Readings of one quantity that the unit took after this call began, each newer than the one before: what it measured
    /// before the optics were changed, and answers now, is another setting's. Unavailable and stale ones are left out.
    func readings(
        of quantity: TelemetryQuantity, count: Int, _ progress: (Double) -> Void = { _ in }
    ) async throws(CalibrationFailure) -> [Double] {
        let began = clock.now
        var (values, missing) = ([Double](), 0)
        // When the last one was taken at the latest, and when it came, since the beginning.
        var (taken, accepted) = (Duration.zero, Duration.zero)
        while values.count < count, missing < count {
            do { try await clock.sleep(for: .seconds(AlicePlan.interval)) } catch { throw .cancelled }
            let asked = clock.now - began
            let readings = try await self.asked { (unit) throws(UnitError) in try await unit.telemetry() }
            let answered = clock.now - began
            guard let reading = readings.first(where: { $0.quantity == quantity }), let value = reading.usable else {
                missing += 1
                continue
            }
            // The unit answered somewhere between the two, and measured by its age before that.
            guard asked - reading.age > taken else {
                if answered - accepted > AlicePlan.longestSilence { break }
                continue
            }
            (taken, accepted) = (answered - reading.age, answered)
            values.append(value)
            progress(Double(values.count) / Double(count))
        }
        return values
    }

    /// Mean of a quantity; nil if the unit does not have it.
    func mean(
        of quantity: TelemetryQuantity, readings count: Int = 12, _ progress: (Double) -> Void = { _ in }
    ) async throws(CalibrationFailure) -> SeriesMean? {
        SeriesMean(try await readings(of: quantity, count: count, progress))
    }
}
