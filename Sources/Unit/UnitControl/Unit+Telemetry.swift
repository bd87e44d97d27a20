internal import UnitProtocol
internal import UnitTransport

extension Unit {
    /// All quantities, each with range and age, in the order of the unit's catalogue. Values are as old as the unit says, or
    /// older if its own clock does not go on. A catalogue or values that contradict themselves are `.badReply`.
    public func telemetry() async throws(UnitError) -> [TelemetryReading] {
        let catalogue = try await telemetryCatalogue()
        let frame = try await exchange(GetTelemetry())
        let (deviceTime, items) = try Self.read(frame, request: "GetTelemetry") { (reader) throws(MessageFault) in
            let block = try reader.block(as: Telemetry.self)
            return (block.deviceTime, try reader.entries(of: Telemetry.ItemsEntry.self))
        }
        if let reason = catalogue.contradiction(of: items) { throw .badReply(request: "GetTelemetry", reason: reason) }
        let values = Dictionary(items.map { ($0.id, $0) }) { first, _ in first }
        let lag = deviceTimeLag.age(device: deviceTime, host: clock.now)
        return catalogue.items.map { item in
            let value = values[item.id]
            return TelemetryReading(
                id: item.id, name: item.name.description, unit: item.unit.description, value: value?.value ?? .nan,
                status: value?.status ?? .unavailable, age: .milliseconds(Int(value?.age ?? 0)) + lag,
                maximumAge: min(.milliseconds(Int(item.maximumAge)), TelemetryReading.longestAge),
                operating: item.operatingMinimum...item.operatingMaximum,
                absolute: item.absoluteMinimum...item.absoluteMaximum)
        }
    }

    /// What a catalogue takes on the slowest line.
    private static let catalogueLimit: Duration = .seconds(20)

    private func telemetryCatalogue() async throws(UnitError) -> TelemetryCatalogue {
        let request = "GetTelemetryCatalog"
        var catalogue = TelemetryCatalogue()
        let began = clock.now
        repeat {
            guard clock.now - began <= Self.catalogueLimit else {
                let seconds = Self.catalogueLimit.wholeMilliseconds / 1000
                throw .badReply(
                    request: request, reason: "\(catalogue.items.count) quantities in \(seconds) s, and no end")
            }
            let frame = try await exchange(GetTelemetryCatalog(firstIndex: UInt16(catalogue.items.count)))
            let (part, entries) = try Self.read(frame, request: request) { (reader) throws(MessageFault) in
                let block = try reader.block(as: TelemetryCatalog.self)
                return (block, try reader.entries(of: TelemetryCatalog.ItemsEntry.self))
            }
            if let reason = catalogue.add(part, entries) { throw .badReply(request: request, reason: reason) }
        } while !catalogue.isComplete
        if let reason = catalogue.contradiction(of: identity.role) {
            throw .badReply(request: request, reason: reason)
        }
        return catalogue
    }
}

extension MessageReader {
    /// The next group's entries.
    mutating func entries<Entry: UnitGroupEntry>(of type: Entry.Type) throws(MessageFault) -> [Entry] {
        var group = try self.group(of: type)
        var entries: [Entry] = []
        while let entry = try group.next() { entries.append(entry) }
        return entries
    }
}
