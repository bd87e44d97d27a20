public import UnitProtocol
internal import UnitTransport

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

extension Unit {
    /// All quantities, each with range and age, in the order of the unit's catalogue. Values are as old as the unit says, or
    /// older if its own clock does not go on.
    public func telemetry() async throws(UnitError) -> [TelemetryReading] {
        let catalogue = try await telemetryCatalogue()
        let frame = try await exchange(GetTelemetry())
        var values: [UInt16: Telemetry.ItemsEntry] = [:]
        let deviceTime = try Self.read(frame, request: "GetTelemetry") { (reader) throws(MessageFault) in
            let block = try reader.block(as: Telemetry.self)
            var items = try reader.group(of: Telemetry.ItemsEntry.self)
            while let item = try items.next() { values[item.id] = item }
            return block.deviceTime
        }
        let lag = deviceTimeLag.age(device: deviceTime, host: clock.now)
        return catalogue.map { item in
            let value = values[item.id]
            return TelemetryReading(
                id: item.id, name: item.name.description, unit: item.unit.description, value: value?.value ?? .nan,
                status: value?.status ?? .unavailable, age: .milliseconds(Int(value?.age ?? 0)) + lag,
                maximumAge: min(.milliseconds(Int(item.maximumAge)), TelemetryReading.longestAge),
                operating: Self.range(item.operatingMinimum, item.operatingMaximum),
                absolute: Self.range(item.absoluteMinimum, item.absoluteMaximum))
        }
    }

    private static func range(_ low: Double, _ high: Double) -> ClosedRange<Double> {
        low <= high ? low...high : -Double.infinity...Double.infinity
    }

    /// What a catalogue takes on the slowest line.
    private static let catalogueLimit: Duration = .seconds(20)

    private func telemetryCatalogue() async throws(UnitError) -> [TelemetryCatalog.ItemsEntry] {
        var catalogue: [TelemetryCatalog.ItemsEntry] = []
        let began = clock.now
        while true {
            guard clock.now - began <= Self.catalogueLimit else {
                throw .badReply(
                    request: "GetTelemetryCatalog",
                    reason:
                        "\(catalogue.count) quantities in \(Self.catalogueLimit.wholeMilliseconds / 1000) s, and no end"
                )
            }
            let frame = try await exchange(GetTelemetryCatalog(firstIndex: UInt16(catalogue.count)))
            let before = catalogue.count
            let total = try Self.read(frame, request: "GetTelemetryCatalog") { (reader) throws(MessageFault) in
                let block = try reader.block(as: TelemetryCatalog.self)
                var items = try reader.group(of: TelemetryCatalog.ItemsEntry.self)
                while let item = try items.next() { catalogue.append(item) }
                return Int(block.total)
            }
            if catalogue.count >= total || catalogue.count == before { return catalogue }
        }
    }
}
