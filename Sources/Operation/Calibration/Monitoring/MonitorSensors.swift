public import LinkMonitors
public import UnitControl
internal import UnitProtocol

/// Telemetry of both units as the monitors' sensors. What is stale or missing is left out, with the reason: the rules
/// then say that they cannot be judged, and why.
public struct MonitorSensors: Sendable {
    /// Why a sensor shows nothing.
    public enum Absence: Sendable, Equatable {
        /// The unit has no such quantity.
        case notMeasured(serial: String)
        /// The unit does not answer, or answers what cannot be read.
        case unanswered(serial: String, UnitError)
        /// The unit says that it has no value, or sends something that is not a number, or that no such quantity can have.
        case unavailable(quantity: String, serial: String)
        /// The value is older than the unit says that it may be.
        case stale(quantity: String, serial: String, age: Duration)
        /// The same sample as at the last question, which would count twice.
        case notSampled(quantity: String, serial: String)
    }

    /// How often the units are asked.
    public static let interval: Duration = .seconds(1)

    /// Quantities of Alice's unit.
    private static let alice: [TelemetryQuantity: Sensor] = [
        .modulatorBiasError: .biasError, .monitorPower: .monitorPower, .inputWatchdogPower: .transmitterInputPower,
        .entropyHealth: .transmitterEntropy,
    ]
    /// Quantities of Bob's unit. The shutter moves with the slots: one read-back says nothing, many do.
    private static let bob: [TelemetryQuantity: Sensor] = [
        .shutterReadBack: .shutterClosed, .inputWatchdogPower: .receiverInputPower, .syncReceivedPower: .syncPower,
        .entropyHealth: .receiverEntropy, .detectorPhotocurrent: .photocurrent,
    ]

    /// Fresh values.
    public private(set) var values: [Sensor: Double] = [:]
    /// Why the others are not there.
    public private(set) var absences: [Sensor: Absence] = [:]

    /// Nothing read.
    public init() {}

    /// Asks both units. It does not throw: what does not come is an absence.
    public static func read(alice: any CalibratedEnd, bob: any CalibratedEnd) async -> MonitorSensors {
        var sensors = MonitorSensors()
        await sensors.read(alice, Self.alice)
        await sensors.read(bob, Self.bob)
        return sensors
    }

    private mutating func read(_ unit: any CalibratedEnd, _ meanings: [TelemetryQuantity: Sensor]) async {
        let serial = unit.identity.serial
        do throws(UnitError) {
            add(try await unit.telemetry(), meanings, of: serial)
        } catch {
            for sensor in meanings.values { absences[sensor] = .unanswered(serial: serial, error) }
        }
    }

    /// Takes what Bob's unit has answered.
    public mutating func add(bob readings: [TelemetryReading], of serial: String) {
        add(readings, Self.bob, of: serial)
    }

    private mutating func add(
        _ readings: [TelemetryReading], _ meanings: [TelemetryQuantity: Sensor], of serial: String
    ) {
        for sensor in meanings.values { absences[sensor] = .notMeasured(serial: serial) }
        for reading in readings {
            guard let sensor = reading.quantity.flatMap({ meanings[$0] }) else { continue }
            absences[sensor] = Self.absence(reading, sensor, serial)
            if absences[sensor] == nil { values[sensor] = reading.value }
        }
    }

    private static func absence(_ reading: TelemetryReading, _ sensor: Sensor, _ serial: String) -> Absence? {
        if reading.status == .unavailable || !reading.isPossible {
            return .unavailable(quantity: reading.name, serial: serial)
        }
        if reading.isStale { return .stale(quantity: reading.name, serial: serial, age: reading.age) }
        if sensor == .shutterClosed, reading.age >= Self.interval {
            return .notSampled(quantity: reading.name, serial: serial)
        }
        return nil
    }

    /// Why a rule could not be judged: of each kind of evidence that is missing, the sensor's absence if it has one.
    public func reasons(_ missing: [EvidenceKind]) -> [MissingEvidence] {
        missing.map { kind in kind.sensor.flatMap { absences[$0] }.map(MissingEvidence.sensor) ?? .evidence(kind) }
    }
}

/// What a rule lacks.
public enum MissingEvidence: Sendable, Equatable {
    /// A sensor's value.
    case sensor(MonitorSensors.Absence)
    /// Something else.
    case evidence(EvidenceKind)
}
