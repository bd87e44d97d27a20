public import CalibrationRecords
internal import LinkControl
public import UnitControl
internal import UnitProtocol

/// A unit as it is now.
public struct PresentUnit: Sendable, Hashable {
    /// Its identity.
    public var unit: CalibrationRecord.UnitDescription
    /// Fresh telemetry by name; what is stale or unavailable is left out.
    public var telemetry: [String: Double]
    /// Whether its light is off, or not stable yet: then what belongs to the light says nothing about a session.
    public var isDark: Bool

    /// A unit.
    public init(_ unit: CalibrationRecord.UnitDescription, telemetry: [String: Double], isDark: Bool = false) {
        self.unit = unit
        self.telemetry = telemetry
        self.isDark = isDark
    }

    /// Reads a unit's telemetry and light.
    public init(reading end: any CalibratedEnd) async throws(UnitError) {
        let light = try await end.opticalState().light
        let isDark = !light.contains(end.identity.role == .alice ? .signalLaser : .localOscillator)
        // Light that has just been switched shows in values that are taken from now on.
        let readings = isDark ? try await end.telemetry() : try await end.settledTelemetry()
        let isSettled = try await end.status().state != .warmingUp
        let fresh = readings.compactMap { reading in reading.usable.map { (reading.name, $0) } }
        self.init(
            CalibrationRecord.UnitDescription(end.identity),
            telemetry: Dictionary(fresh) { first, _ in first },
            isDark: isDark || !isSettled)
    }

    /// The same for a comparison with what records hold for.
    public var conditions: UnitConditions {
        UnitConditions(
            serial: unit.serial, firmware: unit.firmware, schemaFingerprint: unit.schemaFingerprint,
            isEmulated: unit.emulated, telemetry: telemetry.mapValues { $0 }, isDark: isDark)
    }
}

extension UnitConditions {
    /// A unit of which only the identity is known: windows are not compared.
    public init(_ identity: UnitIdentity) {
        let unit = CalibrationRecord.UnitDescription(identity)
        self.init(
            serial: unit.serial, firmware: unit.firmware, schemaFingerprint: unit.schemaFingerprint,
            isEmulated: unit.emulated)
    }
}
