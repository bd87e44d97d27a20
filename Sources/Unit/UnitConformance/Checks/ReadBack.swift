internal import UnitProtocol

/// What a unit reads back of its own light, W, by name.
struct LightReadBack {
    private(set) var powers: [(name: String, power: Double)] = []

    /// Of OpticalState, and of the telemetry of light.
    static func read(_ unit: TestedUnit) async throws -> LightReadBack {
        let optics = try await unit.optics()
        let seen = try await ConformanceSuite.telemetry(unit)
        var found = LightReadBack()
        found.powers.append(
            unit.isAlice
                ? ("OpticalState.signalPower", optics.signalPower)
                : ("OpticalState.localOscillatorPower", optics.localOscillatorPower))
        let quantities: [TelemetryQuantity] =
            unit.isAlice ? [.laserPower, .monitorPower] : [.localOscillatorPower]
        for quantity in quantities {
            if let value = seen[quantity]?.value { found.powers.append((quantity.name, value)) }
        }
        return found
    }

    /// Time that a reading may take to follow the light: telemetry is sampled at the unit's own pace.
    static let pace: Duration = .milliseconds(500)

    /// Notes each power that is not at most a tenth of what it was with light on. Waits for the readings to follow.
    func expectDark(_ unit: TestedUnit, _ trial: Trial) async throws {
        try await unit.clock.sleep(for: Self.pace)
        for (before, after) in zip(powers, try await Self.read(unit).powers) where before.power > 0 {
            trial.expect(
                !(after.power > 0.1 * before.power),
                "\(before.name) is \(after.power) W without light, it was \(before.power) W with it")
        }
    }
}
