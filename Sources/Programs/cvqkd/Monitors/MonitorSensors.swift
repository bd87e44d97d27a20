import LinkMonitors
import UnitControl
import UnitProtocol

/// Telemetry of both units as the monitors' sensors. What is stale or missing is left out, with the reason: the rules
/// then say that they cannot be judged, and why.
struct MonitorSensors: Sendable {
    /// Telemetry ids of Alice's unit.
    private static let alice: [UInt16: Sensor] = [
        11: .biasError, 16: .monitorPower, 17: .transmitterInputPower, 23: .transmitterEntropy,
    ]
    /// Telemetry ids of Bob's unit. The shutter moves with the slots: one read-back says nothing, many do.
    private static let bob: [UInt16: Sensor] = [
        15: .shutterClosed, 17: .receiverInputPower, 20: .syncPower, 23: .receiverEntropy, 32: .photocurrent,
    ]

    /// Fresh values.
    private(set) var values: [Sensor: Double] = [:]
    /// Why the others are not there.
    private(set) var reasons: [Sensor: String] = [:]

    static func read(alice: Unit, bob: Unit) async -> MonitorSensors {
        var sensors = MonitorSensors()
        await sensors.read(alice, Self.alice)
        await sensors.read(bob, Self.bob)
        return sensors
    }

    private mutating func read(_ unit: Unit, _ meanings: [UInt16: Sensor]) async {
        let serial = unit.identity.serial
        do throws(UnitError) {
            take(try await unit.telemetry(), meanings, of: serial)
        } catch {
            for sensor in meanings.values { reasons[sensor] = "\(serial) does not answer: \(error)" }
        }
    }

    mutating func take(_ readings: [TelemetryReading], _ meanings: [UInt16: Sensor], of serial: String) {
        for sensor in meanings.values { reasons[sensor] = "\(serial) does not measure it" }
        for reading in readings {
            guard let sensor = meanings[reading.id] else { continue }
            if reading.status == .unavailable || reading.value.isNaN {
                reasons[sensor] = "\(reading.name) of \(serial) is unavailable"
            } else if reading.isStale {
                let age = NumberText.significant(NumberText.seconds(reading.age), digits: 2)
                reasons[sensor] = "\(reading.name) of \(serial) is stale: \(age) s old"
            } else if sensor == .shutterClosed, reading.age >= LinkMonitoring.interval {
                // The same sample as at the last question would count twice.
                reasons[sensor] = "\(serial) has not sampled \(reading.name) since the last question"
            } else {
                reasons[sensor] = nil
                values[sensor] = reading.value
            }
        }
    }

    /// Why a rule could not be judged, in words.
    func reason(_ missing: [EvidenceKind]) -> String {
        missing.isEmpty
            ? "nothing says what the link may have"
            : missing.map { kind in kind.sensor.flatMap { reasons[$0] } ?? kind.absence }.joined(separator: "; ")
    }
}
