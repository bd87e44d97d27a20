internal import CalibrationRecords
internal import Foundation
internal import UnitProtocol

/// Under what conditions a record holds: windows around what telemetry showed, and the firmware.
struct ValidityPolicy {
    /// Temperature windows, K to either side: gains of receivers change by some 1e-3 per kelvin.
    static let temperature = 2.0
    /// Window of the local oscillator's power to either side, relative: N0 is proportional to it.
    static let power = 0.02

    let phases: ConcludedPhases

    /// What the units measure and could not be read, neither before nor after: the record depends on it.
    func unread(_ quantities: [TelemetryQuantity]) -> [String] {
        conditions(of: quantities).filter { $0.atStart == nil && $0.atEnd == nil }
            .map { "\($0.name) of \($0.unit)" }
    }

    /// Validity and its remarks. A quantity that was unavailable or stale at both ends has no window to compare a
    /// later reading with: the record then states no validity, instead of holding at any temperature.
    func conclusion(
        life: Double, reason: String, quantities: [TelemetryQuantity], powers: [String: Double] = [:],
        remarks: [String] = []
    ) -> Conclusion {
        let unread = unread(quantities)
        guard unread.isEmpty else {
            return Conclusion(
                remarks: remarks + ["no validity: \(unread.joined(separator: ", ")) could not be read"])
        }
        return Conclusion(
            validity: validity(life: life, reason: reason, quantities: quantities, powers: powers), remarks: remarks)
    }

    private func conditions(of quantities: [TelemetryQuantity]) -> [CalibrationRecord.Condition] {
        phases.conditions.filter { condition in quantities.contains { $0.name == condition.name } }
    }

    private func validity(
        life: Double, reason: String, quantities: [TelemetryQuantity], powers: [String: Double]
    ) -> Validity {
        var windows: [Validity.Window] = []
        for condition in conditions(of: quantities) {
            let values = [condition.atStart, condition.atEnd].compactMap(\.self)
            guard let low = values.min(), let high = values.max() else { continue }
            windows.append(
                Validity.Window(
                    unit: condition.unit, quantity: condition.name, unitOfMeasure: condition.unitOfMeasure,
                    minimum: low - Self.temperature, maximum: high + Self.temperature))
        }
        for (unit, power) in powers where power > 0 {
            windows.append(
                Validity.Window(
                    unit: unit, quantity: TelemetryQuantity.localOscillatorPower.name,
                    unitOfMeasure: TelemetryQuantity.localOscillatorPower.unit,
                    minimum: (1 - Self.power) * power, maximum: (1 + Self.power) * power))
        }
        return Validity(
            expires: phases.ended.addingTimeInterval(life), reason: reason, windows: windows,
            firmware: Dictionary(phases.units.map { ($0.serial, $0.firmware) }) { first, _ in first })
    }
}
