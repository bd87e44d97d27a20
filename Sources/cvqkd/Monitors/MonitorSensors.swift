import LinkMonitors
import UnitControl
import UnitProtocol

/// Telemetry of both units as the monitors' sensors. What is stale or missing is left out: the rules then say that they
/// cannot be judged.
enum MonitorSensors {
    /// Telemetry ids of Alice's unit.
    private static let alice: [UInt16: Sensor] = [
        11: .biasError, 16: .monitorPower, 17: .transmitterInputPower, 23: .transmitterEntropy,
    ]
    /// Telemetry ids of Bob's unit. The shutter's read-back is none of them: in a session it moves with the slots.
    private static let bob: [UInt16: Sensor] = [
        17: .receiverInputPower, 20: .syncPower, 23: .receiverEntropy, 32: .photocurrent,
    ]

    static func read(alice: Unit, bob: Unit) async -> [Sensor: Double] {
        let (hers, his) = (await read(alice, Self.alice), await read(bob, Self.bob))
        return hers.merging(his) { a, _ in a }
    }

    /// Of one unit; nothing if it does not answer.
    static func read(_ unit: Unit, _ meanings: [UInt16: Sensor]) async -> [Sensor: Double] {
        guard let readings = try? await unit.telemetry() else { return [:] }
        var sensors: [Sensor: Double] = [:]
        for reading in readings where !reading.isStale && reading.status != .unavailable && !reading.value.isNaN {
            if let sensor = meanings[reading.id] { sensors[sensor] = reading.value }
        }
        return sensors
    }
}
