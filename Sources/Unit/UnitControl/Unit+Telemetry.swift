public import UnitProtocol
internal import UnitTransport

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
