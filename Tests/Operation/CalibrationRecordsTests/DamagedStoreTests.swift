import CalibrationRecords
import Foundation
import Testing

/// What is damaged refuses key for every unit and link of its store, until a person sets it aside.
struct DamagedStoreTests {
    /// A store in which two links have all that key asks for.
    private func twoLinks(refusing: Bool = true) throws -> (bench: Bench, failed: StoredRecord) {
        let bench = try Bench()
        for number in [1, 2] {
            for record in [Samples.bob("B-\(number)"), alice(number), pair(number)] { _ = try bench.store.add(record) }
        }
        var failure = Samples.bob(ended: Bench.now + 5)
        failure.outcome = .fail
        return (bench, try bench.store.add(failure))
    }

    private func alice(_ number: Int, after seconds: Double = 0) -> CalibrationRecord {
        var record = Samples.alice(ended: Bench.now + seconds)
        record.units = [Samples.unit("alice", "A-\(number)")]
        return record
    }

    private func pair(_ number: Int, after seconds: Double = 0) -> CalibrationRecord {
        var record = Samples.bob("B-\(number)", ended: Bench.now + seconds)
        record.procedure = .pair
        record.units.append(Samples.unit("alice", "A-\(number)"))
        return record
    }

    private func isGranted(_ bench: Bench, _ number: Int) throws -> Bool {
        KeyPermission(
            try bench.store.contents(), alice: Samples.conditions("A-\(number)"),
            bob: Samples.conditions("B-\(number)"),
            isTestLink: false, now: Bench.now + 60
        ).isGranted
    }

    @discardableResult
    private func setAside(_ name: String, _ bench: Bench, _ reason: String = "looked at") throws -> StoredRecord {
        try bench.store.setAside(name, because: reason, by: "kim", program: "test", now: Bench.now + 50).statement
    }

    /// The record is small, so that all its bits can be tried: 66 of them, in the serial, once made it another unit's.
    @Test func `no single bit of a refusing record lifts the refusal`() throws {
        let bench = try Bench()
        var failure = Samples.bob()
        (failure.phases, failure.validity, failure.outcome) = ([], nil, .fail)
        let failed = try bench.store.add(failure)
        let file = URL(filePath: bench.file(failed))
        let whole = try Data(contentsOf: file)
        var lifted: [Int] = []
        for bit in 0..<whole.count * 8 {
            var data = whole
            data[bit / 8] ^= 1 << (bit % 8)
            try data.write(to: file)
            let contents = try bench.store.contents()
            // Bits that base64 does not use leave the record as it is: then it refuses by itself.
            let isWhole = contents.latest(.bob, of: ["B-1"])?.record.outcome == .fail
            if contents.refusing.isEmpty && !isWhole { lifted.append(bit) }
        }
        #expect(lifted.isEmpty, "\(lifted)")
    }

    enum Harm: String, CaseIterable, Sendable {
        case oneBitOfTheSerial, truncated, emptied, aDirectory, unknownVersion, removed, renamed, leftByAWriter
        case unreadableFolder, aStrangeFile
    }

    @Test(arguments: Harm.allCases) func `each damage refuses key for every link of the store`(harm: Harm) throws {
        let (bench, failed) = try twoLinks()
        #expect(try !isGranted(bench, 1) && isGranted(bench, 2))
        let (files, file) = (FileManager.default, bench.file(failed))
        switch harm {
        case .oneBitOfTheSerial:
            try bench.damage(failed) { data in
                if let place = data.range(of: Data(#""serial":"B-1""#.utf8)) { data[place.upperBound - 2] ^= 2 }
            }
        case .truncated: try bench.damage(failed) { $0 = Data($0.prefix(300)) }
        case .emptied: try bench.damage(failed) { $0 = Data() }
        case .aDirectory:
            try files.removeItem(atPath: file)
            try files.createDirectory(atPath: file, withIntermediateDirectories: false)
        case .unknownVersion:
            var future = Samples.bob(ended: Bench.now + 9)
            future.version = 2
            let envelope = try Envelope(
                signing: RecordCoding.encode(future), with: SigningKey(file: "\(bench.path)/station.key"))
            try envelope.data().write(to: URL(filePath: "\(bench.path)/records/\(envelope.name).json"))
        case .removed: try files.removeItem(atPath: file)
        case .renamed: try files.moveItem(atPath: file, toPath: "\(bench.path)/records/old.json")
        case .leftByAWriter: try files.moveItem(atPath: file, toPath: file + ".part")
        case .unreadableFolder: try files.moveItem(atPath: "\(bench.path)/records", toPath: "\(bench.path)/elsewhere")
        case .aStrangeFile: try Data("x".utf8).write(to: URL(filePath: "\(bench.path)/records/notes.txt"))
        }
        #expect(try !isGranted(bench, 1))
        #expect(try !isGranted(bench, 2))
        let contents = try bench.store.contents()
        #expect(!contents.refusing.isEmpty)
        for stored in contents.records where stored.record.procedure.isCalibration {
            let verdict = contents.verdict(on: stored, for: .overview, units: [], now: Bench.now + 60)
            #expect(!verdict.holds)
        }
    }

    @Test func `what was the newest of a unit is set aside after a new calibration, by name and with a reason`() throws
    {
        let (bench, failed) = try twoLinks()
        try bench.damage(failed) { $0[80] ^= 1 }
        #expect(throws: RecordError.noReason) { try setAside(failed.name, bench, " \n") }
        #expect(throws: RecordError.notDamaged(name: "abc")) { try setAside("abc", bench) }
        #expect(throws: RecordError.notDamaged(name: "")) { try setAside("", bench) }
        #expect(throws: RecordError.newestOfUnit(name: failed.name, needed: ["bob of B-1"])) {
            try setAside(failed.name, bench)
        }
        // Another unit's calibration is none of this one's.
        _ = try bench.store.add(Samples.bob("B-2", ended: Bench.now + 10))
        #expect(throws: RecordError.self) { try setAside(failed.name, bench) }
        _ = try bench.store.add(Samples.bob(ended: Bench.now + 11))
        #expect(try !isGranted(bench, 1) && !isGranted(bench, 2), "nobody has said anything yet")
        let statement = try setAside(String(failed.name.prefix(12)), bench)
        #expect(statement.record.remarks == ["looked at"] && statement.signer.isTrustedStation)
        #expect(try isGranted(bench, 1) && isGranted(bench, 2))
        let contents = try bench.store.contents()
        let finding = try #require(contents.findings.first { $0.name == failed.name })
        #expect(finding.setAside?.operatorName == "kim" && finding.unit == "B-1")
        // Taking the statement away takes back what it allowed.
        try FileManager.default.removeItem(atPath: bench.file(statement))
        #expect(try !isGranted(bench, 2))
    }

    @Test func `an older record is set aside at once`() throws {
        let (bench, failed) = try twoLinks()
        _ = try bench.store.add(Samples.bob(ended: Bench.now + 6))
        try bench.damage(failed) { $0[80] ^= 1 }
        #expect(try !isGranted(bench, 1) && !isGranted(bench, 2))
        try setAside(failed.name, bench)
        #expect(try isGranted(bench, 1) && isGranted(bench, 2))
    }

    @Test func `a note of work on a unit cannot be lost without calibrating what it took away`() throws {
        let (bench, _) = try twoLinks()
        _ = try bench.store.add(Samples.bob(ended: Bench.now + 6))
        let note = try bench.store.add(
            CalibrationRecord(
                maintenance: "new detector", of: Samples.unit("bob", "B-1"), by: "kim", at: "", program: "test",
                now: Bench.now + 20))
        try FileManager.default.removeItem(atPath: bench.file(note))
        #expect(
            throws: RecordError.newestOfUnit(name: note.name, needed: ["bob of B-1", "pair of B-1 and A-1"])
        ) { try setAside(note.name, bench) }
        _ = try bench.store.add(Samples.bob(ended: Bench.now + 21))
        _ = try bench.store.add(pair(1, after: 22))
        try setAside(note.name, bench)
        #expect(try isGranted(bench, 1))
    }

    @Test func `a file that this store never wrote is set aside by its name`() throws {
        let (bench, _) = try twoLinks()
        try Data("x".utf8).write(to: URL(filePath: "\(bench.path)/records/notes.txt"))
        try setAside("notes.txt", bench)
        #expect(try isGranted(bench, 2))
        // One that has a record's name may have come from another store, and be anybody's.
        let foreign = String(repeating: "ab", count: 32)
        try Data("x".utf8).write(to: URL(filePath: "\(bench.path)/records/\(foreign).json"))
        #expect(throws: RecordError.self) { try setAside(foreign, bench) }
        for number in [1, 2] {
            for record in [
                Samples.bob("B-\(number)", ended: Bench.now + 30), alice(number, after: 30), pair(number, after: 31),
            ] {
                _ = try bench.store.add(record)
            }
        }
        try setAside(foreign, bench)
        #expect(try isGranted(bench, 1) && isGranted(bench, 2))
    }

    @Test func `a log that is gone or changed is damage of the whole store`() throws {
        let (bench, failed) = try twoLinks()
        let log = URL(filePath: "\(bench.path)/log.json")
        let whole = try Data(contentsOf: log)
        for bit in stride(from: 0, to: whole.count * 8, by: 37) {
            var data = whole
            data[bit / 8] ^= 1 << (bit % 8)
            try data.write(to: log)
            #expect(try !bench.store.contents().refusing.isEmpty, "\(bit)")
        }
        try FileManager.default.removeItem(at: log)
        try FileManager.default.removeItem(atPath: bench.file(failed))
        #expect(try !isGranted(bench, 1) && !isGranted(bench, 2))
        #expect(throws: RecordError.self) { try setAside("log", bench) }
        for number in [1, 2] {
            for record in [
                Samples.bob("B-\(number)", ended: Bench.now + 30), alice(number, after: 30), pair(number, after: 31),
            ] {
                _ = try bench.store.add(record)
            }
        }
        #expect(try !isGranted(bench, 2))
        try setAside("log", bench)
        #expect(try isGranted(bench, 1) && isGranted(bench, 2))
        // The next loss is another one.
        try FileManager.default.removeItem(at: log)
        #expect(try !isGranted(bench, 2))
    }

    @Test func `a store that is older than the log gets one, and a revocation in it is remembered`() throws {
        let (bench, other) = (try Bench(), try Bench())
        _ = try bench.store.add(Samples.bob())
        let far = try Station.load(other.folder).publicKey
        _ = try TrustedKeys.add(far, name: "far", role: .station, in: bench.folder, now: Bench.now)
        _ = try TrustedKeys.revoke("far", in: bench.folder, now: Bench.now)
        let files = FileManager.default
        try files.removeItem(atPath: "\(bench.path)/log.json")
        let configuration = URL(filePath: "\(bench.path)/station.json")
        let text = try String(contentsOf: configuration, encoding: .utf8)
        try text.replacing(#""keepsLog":true,"#, with: "").write(to: configuration, atomically: true, encoding: .utf8)
        #expect(try bench.store.contents().refusing.isEmpty)
        _ = try bench.store.add(Samples.bob(ended: Bench.now + 1))
        for file in try files.contentsOfDirectory(atPath: "\(bench.path)/trusted") {
            try files.removeItem(atPath: "\(bench.path)/trusted/\(file)")
        }
        #expect(throws: RecordError.trustedAlready(name: "far (revoked)")) {
            try TrustedKeys.add(far, name: "far", role: .station, in: bench.folder, now: Bench.now)
        }
        try files.removeItem(atPath: "\(bench.path)/log.json")
        #expect(try !bench.store.contents().refusing.isEmpty)
    }
}
