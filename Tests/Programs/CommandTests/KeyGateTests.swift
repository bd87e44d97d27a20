import CalibrationRecords
import Foundation
import Testing

/// `link start --purpose key` and the records that it needs, with real processes on pseudo-terminals. The records are
/// signed by a station of the test; what they say is made up.
@Suite(.serialized) struct KeyGateTests {
    private static func start(_ rig: Rig, _ purpose: String = "key") async throws -> Program.Result {
        try await rig.cvqkd.run(
            "link", "start", "--alice", rig.alice, "--bob", rig.bob, "--duration", "0.5", "--symbol-rate", "200000",
            "--electronic-noise-samples", "20000", "--purpose", purpose)
    }

    private static func state(_ rig: Rig) -> String { "\(rig.folder.path)/state" }

    @Test func `no key without records, and other purposes need none`() async throws {
        let rig = try await Rig()
        let refused = try await Self.start(rig)
        #expect(refused.status == 15, "\(refused.errors)")
        for next in [
            "cvqkd calibrate bob \(Rig.bobSerial)", "cvqkd calibrate alice \(Rig.aliceSerial)",
            "cvqkd calibrate pair --alice \(Rig.aliceSerial) --bob \(Rig.bobSerial)",
        ] {
            #expect(refused.errors.contains(next), "\(refused.errors)")
        }
        #expect(try await rig.state(rig.bob) == "Dark")
        #expect(try await Self.start(rig, "test").status == 0)
    }

    @Test func `key with good records of Bob, of Alice and of the pair`() async throws {
        let rig = try await Rig()
        try CalibratedPair.makeForKey(in: Self.state(rig))
        let granted = try await Self.start(rig)
        #expect(granted.status == 0, "\(granted.errors)")
        #expect(granted.output.contains("purpose key"))
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    /// What is wrong with a set of records, and what the refusal says.
    struct Flaw: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var procedure: CalibrationRecord.Procedure
        var words: [String]
        var change: @Sendable (inout CalibrationRecord) -> Void
    }

    static let flaws = [
        Flaw(testDescription: "expired", procedure: .bob, words: ["it expired", "calibrate bob \(Rig.bobSerial)'"]) {
            $0.validity?.expires = $0.ended
        },
        Flaw(
            testDescription: "expired at Alice", procedure: .alice,
            words: ["it expired", "calibrate alice \(Rig.aliceSerial)'"]
        ) { $0.validity?.expires = $0.ended },
        Flaw(
            testDescription: "temperature out of the window", procedure: .bob,
            words: ["detector_temperature of \(Rig.bobSerial) is", "outside 90 … 95 degC", "calibrate bob"]
        ) {
            $0.validity?.windows = [
                .init(
                    unit: Rig.bobSerial, quantity: "detector_temperature", unitOfMeasure: "degC", minimum: 90,
                    maximum: 95)
            ]
        },
        Flaw(
            testDescription: "firmware of before", procedure: .pair,
            words: ["\(Rig.aliceSerial) had firmware 0.0.9 and has 0.1.0", "calibrate pair --alice"]
        ) { $0.validity?.firmware[Rig.aliceSerial] = "0.0.9" },
        Flaw(testDescription: "another protocol", procedure: .bob, words: ["the protocol of \(Rig.bobSerial) changed"])
        {
            $0.units[0].schemaFingerprint = "00112233aabbccdd"
        },
        Flaw(testDescription: "real optics claimed", procedure: .bob, words: ["emulated"]) {
            $0.units[0].emulated = false
        },
        Flaw(testDescription: "failed", procedure: .alice, words: ["it failed", "calibrate alice"]) {
            $0.outcome = .fail
        },
        Flaw(testDescription: "without validity", procedure: .pair, words: ["does not say how long it holds"]) {
            $0.validity = nil
        },
    ]

    @Test(arguments: flaws)
    func `a record that does not hold refuses key with its reason and the next command`(flaw: Flaw) async throws {
        let rig = try await Rig()
        try CalibratedPair.makeForKey(in: Self.state(rig)) { if $0.procedure == flaw.procedure { flaw.change(&$0) } }
        let refused = try await Self.start(rig)
        #expect(refused.status == 15, "\(refused.errors)")
        for words in flaw.words { #expect(refused.errors.contains(words), "\(words): \(refused.errors)") }
        // Conditions are read under light: it has to be out again.
        #expect(try await rig.state(rig.bob) == "Dark")
        #expect(try await rig.state(rig.alice) == "Dark")
    }

    @Test func `a calibration that expires while key is made ends the session`() async throws {
        let rig = try await Rig()
        try CalibratedPair.makeForKey(in: Self.state(rig)) {
            if $0.procedure == .bob { $0.validity?.expires = Date() + 6 }
        }
        let ended = try await rig.cvqkd.start([
            "link", "start", "--alice", rig.alice, "--bob", rig.bob, "--duration", "120", "--symbol-rate", "200000",
            "--electronic-noise-samples", "20000", "--purpose", "key", "--json",
        ]).end(within: 60)
        #expect(ended.status == 15, "\(ended.errors)")
        #expect(
            ended.errors.contains("the session was ended") && ended.errors.contains("it expired"), "\(ended.errors)")
        let link = try ended.object()
        #expect(link["endedBy"] as? String == "calibration")
        #expect((link["elapsedSeconds"] as? Double ?? 0) < 40)
        #expect(try await rig.state(rig.bob) == "Dark")
        #expect(try await rig.state(rig.alice) == "Dark")
    }

    @Test(arguments: [Rig.aliceSerial, Rig.bobSerial])
    func `work on a unit takes the key until it was calibrated again`(serial: String) async throws {
        let rig = try await Rig()
        try CalibratedPair.makeForKey(in: Self.state(rig))
        let noted = try await rig.cvqkd.run(
            "calibration", "maintenance", serial, "--note", "cleaned the connector")
        #expect(noted.status == 0, "\(noted.errors)")
        let refused = try await Self.start(rig)
        #expect(refused.status == 15, "\(refused.errors)")
        #expect(refused.errors.contains("cleaned the connector"))
        #expect(refused.errors.contains("cvqkd calibrate \(serial == Rig.bobSerial ? "bob" : "alice") \(serial)"))
        #expect(refused.errors.contains("cvqkd calibrate pair"))
        let after = Date()
        try CalibratedPair.makeForKey(in: Self.state(rig)) { ($0.started, $0.ended) = (after, after) }
        let granted = try await Self.start(rig)
        #expect(granted.status == 0, "\(granted.errors)")
    }

    @Test(arguments: [CalibrationRecord.Procedure.bob, .alice, .pair])
    func `a damaged record that may be the newest is exit code 14`(procedure: CalibrationRecord.Procedure) async throws
    {
        let rig = try await Rig()
        let contents = try CalibratedPair.makeForKey(in: Self.state(rig)).contents()
        let stored = try #require(contents.records.first { $0.record.procedure == procedure })
        let file = "\(Self.state(rig))/records/\(stored.name).json"
        // Cut in the middle: nobody can read what it was.
        let data = try #require(FileManager.default.contents(atPath: file))
        try data.prefix(data.count / 2).write(to: URL(filePath: file))
        let refused = try await Self.start(rig)
        #expect(refused.status == 14, "\(refused.errors)")
        #expect(refused.errors.contains("cvqkd calibration set-aside"))
        let verified = try await rig.cvqkd.run("calibration", "verify")
        #expect(verified.status == 14, "\(verified.errors)")
    }
}
