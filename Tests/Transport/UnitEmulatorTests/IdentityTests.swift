import Testing
import UnitProtocol

@testable import UnitEmulator

/// README, sections 5, 9 and 10.
struct IdentityTests {
    static func fingerprints(_ answer: TestHost.Answer) throws -> [UInt16: HelloReply.FingerprintsEntry] {
        var reader = try MessageReader(answer.bytes.span.bytes.extracting(32..<answer.bytes.count))
        var group = try reader.group(of: HelloReply.FingerprintsEntry.self)
        var entries: [UInt16: HelloReply.FingerprintsEntry] = [:]
        while let entry = try group.next() { entries[entry.templateId] = entry }
        return entries
    }

    static func schema(_ host: TestHost, part: UInt32 = 1_000) throws -> [UInt8] {
        var text: [UInt8] = []
        while true {
            let answer = try #require(host.ask(GetSchema(offset: UInt32(text.count), maximumBytes: part)))
            var reader = try MessageReader(answer.bytes.span.bytes.extracting(32..<answer.bytes.count))
            let total = try reader.block(as: SchemaText.self).totalBytes
            let data = try reader.data(SchemaText.text).withUnsafeBytes { Array($0) }
            text += data
            if data.isEmpty || text.count == Int(total) { return text }
        }
    }

    @Test func `the chains that a unit computes from its own text are the generated ones`() {
        let text = UnitSchemaText.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        #expect(SchemaChains(text).chains == UnitMessages.chains)
    }

    @Test func `Hello names every message and the serial number`() throws {
        let rig = Rig()
        let answer = try #require(rig.alice.hello())
        let reply = try answer.block(HelloReply.self)
        #expect(reply.serial.description == "NOVA-A-0001")
        #expect(reply.emulated && reply.role == .alice)
        let entries = try Self.fingerprints(answer)
        #expect(Set(entries.keys) == Set(UnitMessages.chains.keys))
        for (template, chain) in UnitMessages.chains {
            #expect(entries[template]?.fingerprint == chain[Int(entries[template]?.fieldCount ?? 0)])
        }
    }

    @Test func `the schema text comes in parts, before any Hello, byte for byte`() throws {
        let rig = Rig()
        let own = UnitSchemaText.bytes.withUnsafeBytes { Array($0) }
        #expect(try Self.schema(rig.bob) == own)
        #expect(try Self.schema(rig.bob, part: .max) == own)
    }

    @Test func `a wrong fingerprint has a schema text to it that explains it`() throws {
        let rig = Rig()
        rig.pair.bob.inject(.wrongFingerprint, value: 17)
        let entries = try Self.fingerprints(try #require(rig.bob.hello()))
        let wrong = entries.filter { template, entry in
            UnitMessages.chains[template]?[Int(entry.fieldCount)] != entry.fingerprint
        }
        #expect(Array(wrong.keys) == [17])
        let text = String(decoding: try Self.schema(rig.bob), as: UTF8.self)
        #expect(text.contains("clipHighChanged"))
        #expect(SchemaChains(text).chains[17]?.last == wrong[17]?.fingerprint)
    }

    @Test func `older firmware knows a prefix`() throws {
        let rig = Rig()
        rig.pair.bob.inject(.oldSchema, value: 13)
        let answer = try #require(rig.bob.hello())
        let entry = try #require(try Self.fingerprints(answer)[13])
        let chain = try #require(UnitMessages.chains[13])
        #expect(Int(entry.fieldCount) == chain.count - 2)
        #expect(entry.fingerprint == chain[chain.count - 2])
    }

    @Test(arguments: [UnitRole.alice, .bob])
    func `the catalogue has every quantity of its end, as the protocol names it`(role: UnitRole) throws {
        let rig = Rig()
        let host = role == .alice ? rig.alice : rig.bob
        host.hello()
        var items: [TelemetryCatalog.ItemsEntry] = []
        while true {
            let answer = try #require(host.ask(GetTelemetryCatalog(firstIndex: UInt16(items.count))))
            #expect(answer.bytes.count <= 4_096)
            var reader = try MessageReader(answer.bytes.span.bytes.extracting(32..<answer.bytes.count))
            var group = try reader.group(of: TelemetryCatalog.ItemsEntry.self)
            if group.count == 0 { break }
            while let entry = try group.next() { items.append(entry) }
        }
        #expect(items.count >= 20)
        let known = TelemetryQuantity.allCases.filter { $0.roles.contains(role) }
        #expect(items.map(\.id) == known.map(\.rawValue).sorted())
        for item in items {
            let quantity = try #require(TelemetryQuantity(rawValue: item.id))
            #expect(item.name.description == quantity.name && item.unit.description == quantity.unit)
        }
    }

    @Test func `a limit is crossed once each way, with hysteresis`() throws {
        let rig = Rig()
        rig.bob.hello()
        rig.run(300)
        for value in [29.99, 30.1, 29.99, 30.1, 29.9, 25] {
            rig.pair.bob.inject(.temperature, value: value)
            rig.run(200)
        }
        let events = rig.bob.events.compactMap { try? $0.block(RangeEvent.self) }.filter { $0.id == 4 }
        #expect(events.map(\.after) == [.outOfOperating, .normal])
    }

    @Test func `a unit that is left alone sends no range events`() {
        let rig = Rig()
        rig.makeReady()
        rig.run(300)
        let before = rig.bob.events.count
        for _ in 0..<20 {
            rig.bob.ask(Heartbeat(count: 0))
            rig.run(1_000)
        }
        #expect(rig.bob.events.count == before)
    }
}
