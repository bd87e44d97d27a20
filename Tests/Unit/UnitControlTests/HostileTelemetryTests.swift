import Testing
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

@testable import UnitControl

/// Units whose catalogue or values contradict themselves, or say what no sensor can.
@Suite(.virtualTime) struct HostileTelemetryTests {
    /// Block and entries of a message, read and written again.
    static func edited<Block: UnitMessage, Entry: UnitGroupEntry>(
        _ message: [UInt8], _ change: (inout Block, inout [Entry]) -> Void
    ) -> [UInt8] {
        do {
            var reader = try MessageReader(message.span.bytes)
            var block = try reader.block(as: Block.self)
            var entries = try reader.entries(of: Entry.self)
            change(&block, &entries)
            var builder = MessageBuilder([])
            try builder.write(block)
            try builder.write(group: entries)
            return builder.bytes
        } catch {
            preconditionFailure("no \(Block.self) can be like that: \(error)")
        }
    }

    static func readings(
        catalogue: (@Sendable (inout TelemetryCatalog, inout [TelemetryCatalog.ItemsEntry]) -> Void)? = nil,
        values: (@Sendable (inout Telemetry, inout [Telemetry.ItemsEntry]) -> Void)? = nil
    ) async throws -> [TelemetryReading] {
        let (unit, relay, pair) = try await HostileAnswerTests.unit(41)
        defer { pair.stop() }
        if let catalogue { relay.rewrite(TelemetryCatalog.self) { edited($0, catalogue) } }
        if let values { relay.rewrite(Telemetry.self) { edited($0, values) } }
        let result: Result<[TelemetryReading], UnitError>
        do throws(UnitError) { result = .success(try await unit.telemetry()) } catch { result = .failure(error) }
        await unit.close()
        return try result.get()
    }

    enum CatalogueLie: CaseIterable {
        case empty, nothingInAll, lessInAll, moreInAll, laterPart, lastPart, oneID, repeatedID, repeatedName, otherUnit
        case crossedLimits, limitNotANumber, noUptime, noShutter, ownNameOfOurs

        func tell(_ part: inout TelemetryCatalog, _ items: inout [TelemetryCatalog.ItemsEntry]) {
            func leaveOut(_ quantity: TelemetryQuantity) {
                items.removeAll { $0.id == quantity.rawValue }
                part.total -= 1
            }
            switch self {
            case .empty: items = []
            case .nothingInAll: (part.total, items) = (0, [])
            case .lessInAll: part.total = 0
            case .moreInAll: part.total = 65_535
            case .laterPart: part.firstIndex += 1
            case .lastPart: part.firstIndex = 65_535
            case .oneID: for place in items.indices { items[place].id = 4 }
            case .repeatedID: items[1].id = items[0].id
            case .repeatedName: items[1].name = items[0].name
            case .otherUnit: items[0].unit = FixedText("K") ?? FixedText()
            case .crossedLimits: (items[0].operatingMinimum, items[0].operatingMaximum) = (1, 0)
            case .limitNotANumber: items[0].absoluteMaximum = .nan
            case .noUptime: leaveOut(.uptime)
            case .noShutter: leaveOut(.shutterReadBack)
            case .ownNameOfOurs: items[0].id = 1_000
            }
        }
    }

    @Test(arguments: CatalogueLie.allCases)
    func `a catalogue that is not what was asked for, or no unit's, is refused`(lie: CatalogueLie) async throws {
        let error = await UnitTests.failure { _ = try await Self.readings(catalogue: lie.tell) }
        _ = HostileAnswerTests.reason(error, of: "GetTelemetryCatalog")
    }

    @Test(arguments: [true, false])
    func `two values of one quantity are refused, whichever comes first`(isFirst: Bool) async throws {
        let second = Telemetry.ItemsEntry(id: 4, status: .outOfOperating, age: 0, value: 60)
        let error = await UnitTests.failure {
            _ = try await Self.readings(values: { $1.insert(second, at: isFirst ? 0 : $1.count) })
        }
        #expect(
            HostileAnswerTests.reason(error, of: "GetTelemetry")?.contains("two values of detector_temperature") == true
        )
    }

    @Test func `a value of what the catalogue does not have is refused`() async throws {
        let error = await UnitTests.failure { _ = try await Self.readings(values: { $1[0].id = 4_711 }) }
        _ = HostileAnswerTests.reason(error, of: "GetTelemetry")
    }

    /// What the unit calls normal.
    @Test(
        arguments: [
            (.nan, .unavailable), (.infinity, .unavailable), (-.infinity, .unavailable), (1.7e308, .outOfAbsolute),
            (-1.7e308, .outOfAbsolute), (-300, .outOfAbsolute), (60, .outOfAbsolute), (40, .outOfOperating),
            (25, .normal),
        ] as [(Double, RangeStatus)])
    func `what a unit calls normal is compared with its own ranges and with what can be`(
        value: Double, status: RangeStatus
    ) async throws {
        let readings = try await Self.readings(values: { _, items in
            for place in items.indices where items[place].id == 4 {
                (items[place].value, items[place].status) = (value, .normal)
            }
        })
        let reading = try #require(readings.first { $0.quantity == .detectorTemperature })
        #expect(reading.status == status && reading.stated == .normal)
        #expect((reading.usable == nil) == !(-273.15...2_000).contains(value))
    }

    @Test func `a value that its unit calls unavailable is not used`() async throws {
        let readings = try await Self.readings(values: { _, items in
            for place in items.indices { items[place].status = .unavailable }
        })
        #expect(readings.allSatisfy { $0.usable == nil && $0.value.isNaN && $0.status == .unavailable })
    }

    @Test func `what an emulated unit says is possible`() async throws {
        #expect(try await Self.readings().allSatisfy { $0.isPossible || $0.stated == .unavailable })
    }
}
