public import UnitProtocol

/// One quantity of a unit's telemetry with all that is needed to show it honestly.
public struct TelemetryReading: Sendable, Equatable {
    /// Number of the quantity.
    public var id: UInt16
    /// Name in lower_snake_case.
    public var name: String
    /// SI unit.
    public var unit: String
    /// Value as the unit states it; NaN if unavailable. To act on it, take `usable`.
    public var value: Double
    /// Against its ranges: the worse of what the unit says and what its own ranges say of the value.
    public let status: RangeStatus
    /// The same as the unit says.
    public let stated: RangeStatus
    /// Age when the unit sent it; more than the unit says if its clock has fallen behind the host's since the connection
    /// began (`DeviceTimeLag`).
    public var age: Duration
    /// A value older than this is stale. At most `longestAge`.
    public var maximumAge: Duration
    /// Operating range.
    public var operating: ClosedRange<Double>
    /// Absolute range.
    public var absolute: ClosedRange<Double>

    /// A reading, with the status that the unit states.
    public init(
        id: UInt16, name: String, unit: String, value: Double, status stated: RangeStatus, age: Duration,
        maximumAge: Duration, operating: ClosedRange<Double>, absolute: ClosedRange<Double>
    ) {
        self.id = id
        self.name = name
        self.unit = unit
        self.value = stated == .unavailable ? .nan : value
        self.stated = stated
        self.age = age
        self.maximumAge = maximumAge
        self.operating = operating
        self.absolute = absolute
        status = Self.status(of: self.value, stated, operating, absolute, Self.possible(id, unit))
    }

    /// What it is; nil if the id is a maker's own.
    public var quantity: TelemetryQuantity? { TelemetryQuantity(rawValue: id) }

    /// No value is current for longer, whatever a unit states as its maximum age.
    public static let longestAge: Duration = .seconds(60)

    /// Whether the value is too old to act on.
    public var isStale: Bool { age > maximumAge }

    /// Whether it is a number that such a quantity can have.
    public var isPossible: Bool { Self.possible(id, unit).contains(value) }

    /// The value to act on: nil if there is none, if it is stale, or if no such quantity can be like that.
    public var usable: Double? { isPossible && !isStale ? value : nil }

    /// The same quantity, of which nothing is known.
    public var withoutValue: TelemetryReading {
        TelemetryReading(
            id: id, name: name, unit: unit, value: .nan, status: .unavailable, age: age, maximumAge: maximumAge,
            operating: operating, absolute: absolute)
    }

    private static func possible(_ id: UInt16, _ unit: String) -> ClosedRange<Double> {
        TelemetryQuantity(rawValue: id)?.possible ?? TelemetryQuantity.possible(unit: unit)
    }

    /// A unit may call a value outside that has just come back: it has a hysteresis of its own. It may not call one inside
    /// that is outside.
    private static func status(
        of value: Double, _ stated: RangeStatus, _ operating: ClosedRange<Double>, _ absolute: ClosedRange<Double>,
        _ possible: ClosedRange<Double>
    ) -> RangeStatus {
        if stated == .unavailable || !value.isFinite { return .unavailable }
        if stated == .outOfAbsolute || !absolute.contains(value) || !possible.contains(value) { return .outOfAbsolute }
        return operating.contains(value) ? stated : .outOfOperating
    }
}
