import CalibrationRecords
import Foundation
import Testing

/// Whose signature counts: revoked keys, pinned stations, records of another node.
struct WhoSignedTests {
    private func calibrated(_ procedures: [CalibrationRecord] = [Samples.bob(), Samples.alice(), Samples.pair()]) throws
        -> Bench
    {
        let bench = try Bench()
        for record in procedures { _ = try bench.store.add(record) }
        return bench
    }

    private func permission(_ contents: StoreContents) -> KeyPermission {
        KeyPermission(
            contents, alice: Samples.conditions("A-1"), bob: Samples.conditions("B-1"), isTestLink: false,
            now: Bench.now + 60)
    }

    private func pins(_ benches: Bench...) throws -> StationPins {
        StationPins(try benches.map { .init(name: "pin", publicKey: try Station.load($0.folder).publicKey) })
    }

    /// As one store that another station has filled.
    private func received(from bench: Bench) throws -> Bench {
        let other = try Bench()
        try FileManager.default.removeItem(atPath: "\(other.path)/records")
        try FileManager.default.copyItem(atPath: "\(bench.path)/records", toPath: "\(other.path)/records")
        return other
    }

    @Test func `deleting or changing a file does not forget a revocation`() throws {
        let far = try calibrated()
        let bench = try received(from: far)
        let key = try Station.load(far.folder).publicKey
        _ = try TrustedKeys.add(key, name: "far", role: .station, in: bench.folder, now: Bench.now)
        #expect(try permission(bench.store.contents()).isGranted)
        let heads = { ChainHeads(try bench.store.contents(), station: "bench", now: Bench.now) }
        let before = try heads()
        _ = try TrustedKeys.revoke("far", in: bench.folder, now: Bench.now)
        let after = try heads()
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: "\(bench.path)/trusted").first)
        let file = URL(filePath: "\(bench.path)/trusted/\(name)")
        let whole = try String(contentsOf: file, encoding: .utf8)
        for changed in [whole.replacing("revoked", with: "revokee"), nil] {
            if let changed {
                try changed.write(to: file, atomically: true, encoding: .utf8)
            } else {
                try FileManager.default.removeItem(at: file)
            }
            let refused = try permission(bench.store.contents())
            #expect(refused.requirements[0].objections == [.signer("far, REVOKED")])
            #expect(throws: RecordError.trustedAlready(name: "far (revoked)")) {
                try TrustedKeys.add(key, name: "again", role: .station, in: bench.folder, now: Bench.now)
            }
        }
        // Whoever takes the log away too is seen by heads that were kept elsewhere.
        try FileManager.default.removeItem(atPath: "\(bench.path)/log.json")
        let contents = try bench.store.contents()
        #expect(before.findings(in: contents).isEmpty)
        #expect(after.findings(in: contents).map(\.damage) == [.revocationLost])
    }

    @Test func `with pinned stations, one that was made or trusted in the store alone is not enough`() throws {
        let (bench, far) = (try calibrated(), try Bench())
        func asked(_ pins: StationPins?, _ folder: StateFolder? = nil) throws -> KeyPermission {
            permission(try CalibrationStore(folder ?? bench.folder, pins: pins).contents())
        }
        #expect(try asked(nil).isGranted)
        #expect(try asked(pins(bench)).isGranted)
        #expect(
            try asked(pins(far)).requirements[0].objections == [
                .signer("bench, which is NOT PINNED by this installation")
            ])
        #expect(try !asked(StationPins([])).isGranted)
        // A pin is enough, without trust in the store; a revocation is stronger than a pin.
        let copy = try received(from: bench)
        #expect(try asked(pins(bench), copy.folder).isGranted)
        let key = try Station.load(bench.folder).publicKey
        _ = try TrustedKeys.add(key, name: "far", role: .station, in: copy.folder, now: Bench.now)
        #expect(try !asked(pins(copy), copy.folder).isGranted, "trusted there, not pinned")
        _ = try TrustedKeys.revoke("far", in: copy.folder, now: Bench.now)
        #expect(try !asked(pins(bench), copy.folder).isGranted)
    }

    @Test func `a file of pins is read line by line, and says where it is wrong`() throws {
        let (first, second) = (try Bench(), try Bench())
        let (key, other) = (try Station.load(first.folder).publicKey, try Station.load(second.folder).publicKey)
        let text = "# stations\n\nrack-4 \(key)\n\(other.pem)"
        let pins = try StationPins.read(Data(text.utf8), file: "f")
        #expect(pins.pins.map(\.publicKey) == [key, other] && pins.pin(key)?.name == "rack-4")
        for (text, line) in [
            ("rack-4 \(key)\nrack-5 abc\n", 2), ("\(key)\n", 1), ("", 1), ("# none\n", 1), ("a \(key)\nb \(key)\n", 2),
            ("-----BEGIN PUBLIC KEY-----\nabc\n", 1),
            ("-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n", 3),
        ] {
            do throws(RecordError) {
                _ = try StationPins.read(Data(text.utf8), file: "f")
                Issue.record("\(text)")
            } catch {
                guard case .badPins("f", line, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
    }

    @Test func `who made the trust root is said beside each record`() throws {
        let bench = try calibrated()
        let own = try #require(try bench.store.contents().records.first)
        #expect(own.qualifications.contains(.ownStation("bench")))
        let pinned = try CalibrationStore(bench.folder, pins: pins(bench)).contents().records
        #expect(pinned.allSatisfy { !$0.qualifications.contains(.ownStation("bench")) })
        let copy = try received(from: bench)
        _ = try TrustedKeys.add(
            Station.load(bench.folder).publicKey, name: "far", role: .station, in: copy.folder, now: Bench.now)
        #expect(try copy.store.contents().records.allSatisfy { $0.qualifications.contains(.trustedHere("far")) })
        let alice = try #require(try bench.store.contents().latest(.alice, of: ["A-1"]))
        #expect(alice.qualifications.contains(.noWindows))
    }

    @Test func `records of the other end are judged together with one's own`() throws {
        let (bob, alice) = (try calibrated([Samples.bob(), Samples.pair()]), try calibrated([Samples.alice()]))
        let sent = try #require(try alice.store.contents().records.first)
        let heads = ChainHeads(try alice.store.contents(), station: "alice", now: Bench.now)
        let mine = try CalibrationStore(bob.folder, pins: pins(bob, alice)).contents()
        #expect(!permission(mine).isGranted)
        let joined = try mine.joined(with: sent.envelope.data(), of: "alice", heads: heads)
        #expect(permission(joined).isGranted)
        // Not pinned, changed on the way, or with a newer one held back: not granted.
        let unpinned = try CalibrationStore(bob.folder, pins: pins(bob)).contents()
        #expect(try !permission(unpinned.joined(with: sent.envelope.data(), of: "alice")).isGranted)
        var changed = try sent.envelope.data()
        changed[100] ^= 1
        #expect(throws: RecordError.self) { try mine.joined(with: changed, of: "alice") }
        var failure = Samples.alice(ended: Bench.now + 5)
        failure.outcome = .fail
        _ = try alice.store.add(failure)
        let later = ChainHeads(try alice.store.contents(), station: "alice", now: Bench.now)
        #expect(try !permission(mine.joined(with: sent.envelope.data(), of: "alice", heads: later)).isGranted)
    }

    @Test(arguments: [
        ("a century", 36_525.0, false), ("two years", 731, false), ("a year", 366, true), ("not a number", .nan, false),
    ])
    func `a life that no calibration has is refused`(name: String, days: Double, isGranted: Bool) throws {
        var bob = Samples.bob()
        bob.validity?.expires = days.isNaN ? Date(timeIntervalSinceReferenceDate: 2e11) : bob.ended + days * 86_400
        let bench = try calibrated([bob, Samples.alice(), Samples.pair()])
        #expect(try permission(bench.store.contents()).isGranted == isGranted)
    }

    @Test func `one that ends before it begins is refused`() throws {
        var bob = Samples.bob()
        bob.started = bob.ended + 3600
        let bench = try calibrated([bob, Samples.alice(), Samples.pair()])
        let permission = try permission(bench.store.contents())
        #expect(permission.requirements[0].objections == [.timesReversed])
    }

    @Test func `a name that says emulated counts though the flag denies it`() {
        var record = Samples.bob()
        #expect(!record.isEmulated)
        record.units[0].model = "NOVA LQ (Emulated)"
        #expect(record.isEmulated)
    }
}
