public import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// All that a unit measures of itself, at one moment.
public struct TelemetryReport: Codable, Sendable, Hashable {
    /// One quantity.
    public struct Reading: Codable, Sendable, Hashable {
        /// Number of the quantity.
        public var id: UInt16
        /// Name in lower_snake_case.
        public var name: String
        /// SI unit.
        public var unit: String
        /// Absent if it is unavailable.
        public var value: Double?
        /// Against its ranges, as the unit says: `Normal`, `OutOfOperating`, `OutOfAbsolute`, `Unavailable`.
        public var status: String
        /// Whether it is older than the unit allows: it says what was, not what is.
        public var stale: Bool
        /// s.
        public var age: Double
        /// s.
        public var maximumAge: Double
        /// Absent without a limit.
        public var operatingMinimum: Double?
        /// Absent without a limit.
        public var operatingMaximum: Double?
        /// Absent without a limit.
        public var absoluteMinimum: Double?
        /// Absent without a limit.
        public var absoluteMaximum: Double?

        /// The document of a reading.
        public init(_ reading: TelemetryReading) {
            id = reading.id
            name = reading.name
            unit = reading.unit
            value = reading.value.finite
            status = reading.status.description
            stale = reading.isStale
            age = reading.age.inSeconds
            maximumAge = reading.maximumAge.inSeconds
            operatingMinimum = reading.operating.lowerBound.finite
            operatingMaximum = reading.operating.upperBound.finite
            absoluteMinimum = reading.absolute.lowerBound.finite
            absoluteMaximum = reading.absolute.upperBound.finite
        }
    }

    /// Serial number.
    public var serial: String
    /// `Alice` or `Bob`.
    public var role: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// In the order of the unit's catalogue.
    public var readings: [Reading]

    /// The document of what a unit says.
    public init(_ identity: UnitIdentity, _ readings: [TelemetryReading]) {
        self.init(
            serial: identity.serial, role: identity.role.description, emulated: identity.isEmulated,
            readings: readings.map(Reading.init))
    }

    /// Readings of a unit that somebody else has asked.
    public init(serial: String, role: String, emulated: Bool, readings: [Reading]) {
        self.serial = serial
        self.role = role
        self.emulated = emulated
        self.readings = readings
    }
}
