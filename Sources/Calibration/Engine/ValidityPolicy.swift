internal import CalibrationRecords
internal import Foundation

/// Under what conditions a record holds: windows around what telemetry showed, and the firmware.
struct ValidityPolicy {
    /// Temperature windows, K to either side: gains of receivers change by some 1e-3 per kelvin.
    static let temperature = 2.0
    /// Window of the local oscillator's power to either side, relative: N0 is proportional to it.
    static let power = 0.02

    let phases: ConcludedPhases

    func validity(life: Double, reason: String, quantities: [String], powers: [String: Double] = [:]) -> Validity {
        var windows: [Validity.Window] = []
        for condition in phases.conditions where quantities.contains(condition.name) {
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
                    unit: unit, quantity: "local_oscillator_power", unitOfMeasure: "W",
                    minimum: (1 - Self.power) * power, maximum: (1 + Self.power) * power))
        }
        return Validity(
            expires: phases.ended.addingTimeInterval(life), reason: reason, windows: windows,
            firmware: Dictionary(phases.units.map { ($0.serial, $0.firmware) }) { first, _ in first })
    }
}
