public import UnitProtocol

/// One quantity of a unit's telemetry with all that is needed to show it honestly.
public struct TelemetryReading: Sendable, Equatable {
    /// Number of the quantity.
    public var id: UInt16
    /// Name in lower_snake_case.
    public var name: String
    /// SI unit.
    public var unit: String
    /// Value; NaN if unavailable.
    public var value: Double
    /// Against its ranges, as the unit says.
    public var status: RangeStatus
    /// Age when the unit sent it; more than the unit says if its clock has fallen behind the host's since the connection
    /// began (`DeviceTimeLag`).
    public var age: Duration
    /// A value older than this is stale. At most `longestAge`.
    public var maximumAge: Duration
    /// Operating range.
    public var operating: ClosedRange<Double>
    /// Absolute range.
    public var absolute: ClosedRange<Double>

    /// A reading.
    public init(
        id: UInt16, name: String, unit: String, value: Double, status: RangeStatus, age: Duration, maximumAge: Duration,
        operating: ClosedRange<Double>, absolute: ClosedRange<Double>
    ) {
        self.id = id
        self.name = name
        self.unit = unit
        self.value = value
        self.status = status
        self.age = age
        self.maximumAge = maximumAge
        self.operating = operating
        self.absolute = absolute
    }

    /// What it is; nil if the id is a maker's own.
    public var quantity: TelemetryQuantity? { TelemetryQuantity(rawValue: id) }

    /// No value is current for longer, whatever a unit states as its maximum age.
    public static let longestAge: Duration = .seconds(60)

    /// Whether the value is too old to act on.
    public var isStale: Bool { age > maximumAge }
}
