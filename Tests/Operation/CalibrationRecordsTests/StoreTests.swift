import CalibrationRecords
import Foundation
import Testing

/// What a store keeps, and what it says of what was done to it.
struct StoreTests {
    @Test func `a record comes back as it was stored, signed by this station`() throws {
        let bench = try Bench()
        let stored = try bench.store.add(Samples.bob())
        let contents = try bench.store.contents()
        #expect(contents.findings.isEmpty)
        #expect(contents.records == [stored])
        #expect(stored.signer == .thisStation("bench"))
        #expect(stored.record.station == "bench")
        #expect(stored.record.measurement("shotNoiseVariance")?.value == 421_337.25)
        #expect(stored.name == Digest.sha256(stored.envelope.body))
    }

    @Test func `records are chained per unit, and a pair is in Bob's chain and listed for both`() throws {
        let bench = try Bench()
        let first = try bench.store.add(Samples.bob())
        let other = try bench.store.add(Samples.bob("B-2"))
        let pair = try bench.store.add(Samples.pair(ended: Bench.now + 1))
        #expect(first.record.previous == nil && other.record.previous == nil)
        #expect(pair.record.previous == first.name && pair.record.sequence == 1)
        let contents = try bench.store.contents()
        #expect(contents.chains == ["B-1", "B-2"])
        #expect(contents.records(of: "A-1").map(\.name) == [pair.name])
        #expect(contents.records(of: "B-1").count == 2)
    }

    @Test func `without a station nothing is stored`() throws {
        let bench = try Bench(station: false)
        #expect(throws: RecordError.noStation(folder: bench.path)) { try bench.store.add(Samples.bob()) }
    }

    @Test func `a station's key is never overwritten, and a crash between key and configuration is mended`() throws {
        let bench = try Bench()
        let key = try Station.load(bench.folder).publicKey
        #expect(throws: RecordError.stationExists(name: "bench", folder: bench.path)) {
            try Station.make(name: "other", operatorName: nil, in: bench.folder, now: Bench.now)
        }
        try FileManager.default.removeItem(atPath: "\(bench.path)/station.json")
        let again = try Station.make(name: "bench", operatorName: nil, in: bench.folder, now: Bench.now)
        #expect(again.publicKey == key)
    }

    @Test func `a key that others may read is refused`() throws {
        let bench = try Bench()
        #expect(
            try FileManager.default.attributesOfItem(atPath: "\(bench.path)/station.key")[.posixPermissions] as? Int
                == 0o600)
        chmod("\(bench.path)/station.key", 0o644)
        #expect(throws: RecordError.keyExposed(file: "\(bench.path)/station.key", mode: 0o644)) {
            try bench.store.add(Samples.bob())
        }
        #expect(try bench.store.contents().records.isEmpty)
    }

    enum Harm: String, CaseIterable, Sendable {
        case cutInRecord, cutInSignature, lostLineFeed, flippedBit, swappedLines, foreignSignature, emptied, renamed
    }

    @Test(arguments: Harm.allCases) func `a damaged record is named with what is wrong, and the rest stays usable`(
        harm: Harm
    ) throws {
        let bench = try Bench()
        let first = try bench.store.add(Samples.bob())
        let middle = try bench.store.add(Samples.bob(ended: Bench.now + 10))
        let last = try bench.store.add(Samples.bob(ended: Bench.now + 20))
        let apart = try bench.store.add(Samples.bob("B-2"))
        var name = middle.name
        switch harm {
        case .cutInRecord: try bench.damage(middle) { $0 = Data($0.prefix(200)) }
        case .cutInSignature: try bench.damage(middle) { $0 = Data($0.dropLast(20)) }
        case .lostLineFeed: try bench.damage(middle) { $0 = Data($0.dropLast()) }
        case .flippedBit: try bench.damage(middle) { $0[300] ^= 1 }
        case .swappedLines:
            try bench.damage(middle) { data in
                let lines = data.split(separator: 0x0a)
                data = lines[1] + [0x0a] + lines[0] + [0x0a]
            }
        case .foreignSignature:
            let signature = try #require(last.envelope.data().split(separator: 0x0a).last)
            try bench.damage(middle) { $0 = middle.envelope.body + [0x0a] + signature + [0x0a] }
        case .emptied: try bench.damage(middle) { $0 = Data() }
        case .renamed:
            name = String(middle.name.reversed())
            try FileManager.default.moveItem(
                atPath: bench.file(middle), toPath: "\(bench.path)/records/\(name).json")
        }
        let contents = try bench.store.contents()
        #expect(contents.records.map(\.name) == [first.name, last.name, apart.name])
        let found = try #require(contents.findings.first { $0.name == name })
        switch (harm, found.damage) {
        case (.cutInRecord, .truncated), (.cutInSignature, .truncated), (.lostLineFeed, .truncated),
            (.emptied, .truncated), (.flippedBit, .digestDiffers), (.swappedLines, .digestDiffers),
            (.foreignSignature, .badSignature), (.renamed, .digestDiffers):
            break
        default: Issue.record("\(harm): \(found)")
        }
        // The one after it says that its predecessor is not there any more.
        let after = contents.findings.filter { $0.name == last.name }.map(\.damage)
        #expect(after == [harm == .renamed ? .missingPredecessor(middle.name) : .damagedPredecessor(middle.name)])
        // Under another name it is missed as well.
        #expect(contents.findings.count == (harm == .renamed ? 3 : 2))
    }

    @Test func `a record that was taken away is missed by its successor`() throws {
        let bench = try Bench()
        let first = try bench.store.add(Samples.bob())
        let second = try bench.store.add(Samples.bob(ended: Bench.now + 10))
        try FileManager.default.removeItem(atPath: bench.file(first))
        #expect(
            try bench.store.contents().findings == [
                StoreFinding(name: first.name, unit: "B-1", damage: .removed("bob of B-1")),
                StoreFinding(name: second.name, unit: "B-1", damage: .missingPredecessor(first.name)),
            ])
    }

    /// Signs what a store would not write.
    private func forge(_ bench: Bench, _ record: CalibrationRecord) throws -> String {
        let envelope = try Envelope(
            signing: RecordCoding.encode(record), with: SigningKey(file: "\(bench.path)/station.key"))
        try envelope.data().write(to: URL(filePath: "\(bench.path)/records/\(envelope.name).json"))
        return envelope.name
    }

    @Test(arguments: [-1, Int.max]) func `a number that no chain can have is damage, and stops nothing`(
        _ number: Int
    ) throws {
        let bench = try Bench()
        let first = try bench.store.add(Samples.bob())
        var last = Samples.bob(ended: Bench.now + 10)
        (last.sequence, last.previous) = (number, first.name)
        let forged = try forge(bench, last)
        var next = Samples.bob(ended: Bench.now + 20)
        (next.sequence, next.previous) = (0, forged)
        _ = try forge(bench, next)
        let contents = try bench.store.contents()
        let found = try #require(contents.findings.first { $0.name == forged })
        guard case .malformed = found.damage else {
            Issue.record("\(found)")
            return
        }
        _ = try bench.store.add(Samples.bob("B-2"))
    }

    @Test func `forks, wrong numbers, foreign predecessors, unknown versions and lost references are told apart`()
        throws
    {
        let bench = try Bench()
        let first = try bench.store.add(Samples.bob())
        let second = try bench.store.add(Samples.bob(ended: Bench.now + 10))
        var fork = Samples.bob(ended: Bench.now + 11)
        (fork.sequence, fork.previous) = (1, first.name)
        let forked = try forge(bench, fork)
        var jump = Samples.bob("B-2")
        jump.sequence = 3
        let jumped = try forge(bench, jump)
        var crossed = Samples.bob("B-3", ended: Bench.now + 20)
        (crossed.sequence, crossed.previous) = (1, first.name)
        let foreign = try forge(bench, crossed)
        var future = Samples.bob("B-4")
        future.version = 2
        let newer = try forge(bench, future)
        var leaning = Samples.bob("B-5")
        leaning.references = [String(repeating: "0", count: 64)]
        let lost = try forge(bench, leaning)
        let contents = try bench.store.contents()
        let found = Dictionary(grouping: contents.findings, by: \.name).mapValues { $0.map(\.damage) }
        #expect(found[second.name] == [.fork(with: [forked])])
        #expect(found[forked] == [.fork(with: [second.name])])
        #expect(found[jumped] == [.wrongSequence(expected: 0, found: 3)])
        #expect(found[foreign] == [.otherChain(unit: "B-1")])
        #expect(found[newer] == [.unknownVersion(2)])
        #expect(found[lost] == [.missingReference(String(repeating: "0", count: 64))])
        #expect(found.count == 6)
        // Nobody can say which end is the right one.
        #expect(throws: RecordError.self) { try bench.store.add(Samples.bob(ended: Bench.now + 30)) }
    }

    @Test func `a clock that was set back is a warning, not damage`() throws {
        let bench = try Bench()
        _ = try bench.store.add(Samples.bob())
        let second = try bench.store.add(Samples.bob(ended: Bench.now - 3600))
        let contents = try bench.store.contents()
        #expect(
            contents.findings == [StoreFinding(name: second.name, unit: "B-1", damage: .clockWentBack(seconds: 3600))])
        #expect(contents.damage.isEmpty)
    }

    @Test func `heads kept elsewhere show a chain that was cut back or rewritten`() throws {
        let bench = try Bench()
        _ = try bench.store.add(Samples.bob())
        let log = URL(filePath: "\(bench.path)/log.json")
        let old = try Data(contentsOf: log)
        let last = try bench.store.add(Samples.bob(ended: Bench.now + 10))
        let heads = ChainHeads(try bench.store.contents(), station: "bench", now: Bench.now)
        let read = try ChainHeads.read(RecordCoding.encode(heads), file: "heads")
        #expect(read.findings(in: try bench.store.contents()).isEmpty)
        try FileManager.default.removeItem(atPath: bench.file(last))
        let removed = StoreFinding(name: last.name, unit: "B-1", damage: .removed("bob of B-1"))
        #expect(try bench.store.contents().findings == [removed])
        // Whoever cuts the log back as well is seen by the heads alone.
        try old.write(to: log)
        #expect(try bench.store.contents().findings.isEmpty, "by itself the store cannot show it")
        let cut = StoreFinding(name: last.name, unit: "B-1", damage: .rolledBack(unit: "B-1", sequence: 1))
        #expect(read.findings(in: try bench.store.contents()) == [cut])
        _ = try bench.store.add(Samples.bob(ended: Bench.now + 11))
        #expect(read.findings(in: try bench.store.contents()) == [cut])
    }

    @Test func `numbers that JSON does not know survive in a curve`() throws {
        let bench = try Bench()
        var record = Samples.bob()
        record.curves = [.init(name: "allan", xLabel: "t / s", yLabel: "σ", x: [1, 2], y: [.nan, .infinity])]
        let stored = try bench.store.add(record)
        #expect(stored.record.curves[0].y[0].isNaN && stored.record.curves[0].y[1] == .infinity)
        #expect(try bench.store.contents().findings.isEmpty)
    }

    @Test func `a name is found by its beginning, if only one begins so`() throws {
        let bench = try Bench()
        let stored = try bench.store.add(Samples.bob())
        let contents = try bench.store.contents()
        #expect(try contents.record(named: stored.shortName).name == stored.name)
        #expect(throws: RecordError.noRecord(name: "zz")) { try contents.record(named: "zz") }
        #expect(throws: RecordError.noRecord(name: "")) { try contents.record(named: "") }
    }
}
