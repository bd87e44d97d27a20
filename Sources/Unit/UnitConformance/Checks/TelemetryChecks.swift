internal import UnitProtocol
internal import UnitTransport

/// Telemetry as one exchange gave it.
struct TelemetrySeen {
    var deviceTime: UInt64
    var items: [Telemetry.ItemsEntry]

    subscript(quantity: TelemetryQuantity) -> Telemetry.ItemsEntry? {
        items.first { $0.id == quantity.rawValue }
    }
}

extension ConformanceSuite {
    static let telemetryChecks = [
        ConformanceCheck(
            "telemetry-catalogue", "The catalogue is whole, and names quantities as every unit does", .telemetry,
            says: "ids below 1,000 mean the same in every unit; a unit lists what it has, at least those of its role"
        ) { unit, trial in
            let catalogue = try await catalogue(unit)
            trial.measure("quantities", Double(catalogue.count), "1", .atLeast(1))
            trial.expect(Set(catalogue.map(\.id)).count == catalogue.count, "an id is listed twice")
            for item in catalogue {
                let name = item.name.description
                trial.expect(!name.isEmpty && !item.unit.isEmpty, "quantity \(item.id) has no name or no unit")
                trial.expect(item.maximumAge > 0, "\(name): maximumAge is 0")
                trial.expect(
                    item.operatingMinimum <= item.operatingMaximum && item.absoluteMinimum <= item.absoluteMaximum,
                    "\(name): a range is reversed or NaN")
                trial.expect(
                    item.absoluteMinimum <= item.operatingMinimum && item.operatingMaximum <= item.absoluteMaximum,
                    "\(name): the operating range reaches beyond the absolute one")
                guard item.id < TelemetryQuantity.firstOwnID else { continue }
                guard let known = TelemetryQuantity(rawValue: item.id) else {
                    trial.expect(
                        false,
                        "id \(item.id) (\(name)) is below \(TelemetryQuantity.firstOwnID) and not in the document")
                    continue
                }
                trial.expect(
                    name == known.name && item.unit.description == known.unit,
                    "id \(item.id) is \(known.name) in \(known.unit), and here \(name) in \(item.unit)")
            }
            let needed = TelemetryQuantity.allCases.filter { $0.isRequired(of: unit.isAlice ? .alice : .bob) }
            for quantity in needed where !catalogue.contains(where: { $0.id == quantity.rawValue }) {
                trial.expect(false, "\(quantity.name) is not listed")
            }
        },
        ConformanceCheck(
            "telemetry-past-end", "The catalogue behind its end is empty, not an error", .requests,
            says: "TelemetryCatalog with firstIndex ≥ total is empty"
        ) { unit, trial in
            let total = UInt16(try await catalogue(unit).count)
            for first in [total, total + min(50, .max - total)] {
                let answer = try await unit.wire.exchange(RawRequest(GetTelemetryCatalog(firstIndex: first)))
                guard case .reply(let arrival) = answer else {
                    throw Violation("firstIndex \(first) of \(total) got \(answer.description)")
                }
                trial.expect(try page(arrival).items.isEmpty, "firstIndex \(first) of \(total) is not empty")
            }
        },
        ConformanceCheck(
            "telemetry-fresh", "Every listed value comes, and is younger than its maximum age", .telemetry,
            says: "every value has an age; a value older than maximumAge is stale"
        ) { unit, trial in
            let catalogue = try await catalogue(unit)
            var oldest = 0.0
            for _ in 0..<4 {
                let seen = try await telemetry(unit)
                trial.expect(
                    seen.items.map(\.id).sorted() == catalogue.map(\.id).sorted(),
                    "the values are not those of the catalogue")
                for item in seen.items {
                    guard let entry = catalogue.first(where: { $0.id == item.id }) else { continue }
                    oldest = max(oldest, Double(item.age) / Double(max(1, entry.maximumAge)))
                }
                try await unit.clock.sleep(for: .milliseconds(150))
            }
            trial.measure("oldest_age_per_maximum_age", oldest, "1", ConformanceLimits(high: 1, marginalHigh: 0.9))
        },
        ConformanceCheck(
            "telemetry-status", "A value's status is what its ranges say", .telemetry,
            says:
                "status against the ranges, with hysteresis on the way back; a missing value is Unavailable, NaN, age 0"
        ) { unit, trial in
            let catalogue = try await catalogue(unit)
            for state in [UnitState.dark, .ready] {
                try await unit.bring(to: state)
                // Values are sampled at the unit's own pace: these are of the new state.
                try await unit.clock.sleep(for: .milliseconds(400))
                for item in try await telemetry(unit).items {
                    guard let entry = catalogue.first(where: { $0.id == item.id }) else { continue }
                    judge(item, entry, trial)
                }
            }
        },
        ConformanceCheck(
            "telemetry-uptime", "Uptime is the unit's clock", .telemetry,
            says: "26, uptime, s; deviceTime since the start"
        ) { unit, trial in
            let seen = try await telemetry(unit)
            guard let item = seen[.uptime] else { throw Violation("no uptime") }
            let sampled = Double(seen.deviceTime) * 1e-9 - Double(item.age) * 1e-3
            trial.measure("uptime_against_clock", item.value - sampled, "s", ConformanceLimits(low: -0.5, high: 0.5))
            let boots = seen[.bootCount]?.value
            trial.expect(
                boots == Double(unit.identity.bootCount),
                "boot_count is \(boots ?? .nan), HelloReply says \(unit.identity.bootCount)")
        },
        ConformanceCheck(
            "telemetry-shutter", "The shutter's telemetry is 1 when it is closed and at rest", .telemetry,
            says: "shutter_read_back is 1 when closed and at rest", needs: .bob, capabilities: .shutter
        ) { unit, trial in
            try await unit.bring(to: .ready)
            for position in [ShutterPosition.open, .closed] {
                try await unit.acknowledged(SetShutter(position: position))
                try await unit.clock.sleep(for: .milliseconds(500))
                let value = try await telemetry(unit)[.shutterReadBack]?.value
                trial.expect(
                    value == (position == .closed ? 1 : 0),
                    "shutter_read_back is \(value ?? .nan) with the shutter \(position)")
            }
        },
    ]

    private static func judge(_ item: Telemetry.ItemsEntry, _ entry: TelemetryCatalog.ItemsEntry, _ trial: Trial) {
        let name = entry.name.description
        guard item.status != .unavailable else {
            trial.expect(item.value.isNaN, "\(name) is Unavailable and has the value \(item.value)")
            trial.expect(item.age == 0, "\(name) is Unavailable and has the age \(item.age) ms")
            return
        }
        guard !item.value.isNaN else {
            return trial.expect(false, "\(name) has no value and status \(item.status)")
        }
        // Ranges that are reversed or NaN are the catalogue's mistake; nothing is in them.
        let inOperating = item.value >= entry.operatingMinimum && item.value <= entry.operatingMaximum
        let inAbsolute = item.value >= entry.absoluteMinimum && item.value <= entry.absoluteMaximum
        // A value outside must say so; one inside may still be on its way back.
        if !inAbsolute {
            trial.expect(item.status == .outOfAbsolute, "\(name) = \(item.value): status \(item.status)")
        } else if !inOperating {
            trial.expect(item.status != .normal, "\(name) = \(item.value): status Normal outside its operating range")
        }
        trial.expect(item.status.rawValue <= 2, "\(name): status \(item.status.rawValue) does not exist")
        let middle = (entry.operatingMinimum + entry.operatingMaximum) / 2
        let isMiddle = abs(item.value - middle) <= 0.25 * (entry.operatingMaximum - entry.operatingMinimum)
        if isMiddle {
            trial.expect(item.status == .normal, "\(name) = \(item.value): status \(item.status) in mid-range")
        }
    }

    static func telemetry(_ unit: TestedUnit) async throws -> TelemetrySeen {
        try await unit.receive(RawRequest(GetTelemetry())).read { (reader) throws(MessageFault) in
            let block = try reader.block(as: Telemetry.self)
            var group = try reader.group(of: Telemetry.ItemsEntry.self)
            var items: [Telemetry.ItemsEntry] = []
            while let item = try group.next() { items.append(item) }
            return TelemetrySeen(deviceTime: block.deviceTime, items: items)
        }
    }

    private static func page(
        _ arrival: Arrival
    ) throws(Violation) -> (block: TelemetryCatalog, items: [TelemetryCatalog.ItemsEntry]) {
        try arrival.read { (reader) throws(MessageFault) in
            let block = try reader.block(as: TelemetryCatalog.self)
            var group = try reader.group(of: TelemetryCatalog.ItemsEntry.self)
            var items: [TelemetryCatalog.ItemsEntry] = []
            while let item = try group.next() { items.append(item) }
            return (block, items)
        }
    }

    private static func catalogue(_ unit: TestedUnit) async throws -> [TelemetryCatalog.ItemsEntry] {
        var items: [TelemetryCatalog.ItemsEntry] = []
        while true {
            let request = GetTelemetryCatalog(firstIndex: UInt16(items.count))
            let (block, part) = try page(await unit.receive(RawRequest(request)))
            guard block.firstIndex == request.firstIndex else {
                throw Violation("firstIndex \(request.firstIndex) was asked for, \(block.firstIndex) came")
            }
            items += part
            guard !part.isEmpty, items.count < Int(block.total) else {
                guard items.count == Int(block.total) else {
                    throw Violation("\(items.count) quantities came of \(block.total)")
                }
                return items
            }
        }
    }
}
