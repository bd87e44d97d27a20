import CalibrationRecords
import Foundation
import Testing

/// What `link start` compares its windows with: Bob's record and the pair's, or nothing that is proven.
@Suite(.serialized) struct SessionBaselineTests {
    private static func start(_ rig: Rig, _ more: String...) async throws -> [String: Any] {
        let result = try await rig.cvqkd.run(
            [
                "link", "start", "--alice", rig.alice, "--bob", rig.bob, "--duration", "4", "--symbol-rate", "300000",
                "--vacuum-fraction", "0.3", "--json",
            ] + more)
        #expect(result.status == 0, "\(result.errors)")
        return try result.object()
    }

    private static func rule(_ name: String, _ link: [String: Any]) throws -> [String: Any] {
        let monitors = try #require(link["monitors"] as? [String: Any])
        let rules = try #require(monitors["rules"] as? [[String: Any]])
        return try #require(rules.first { $0["rule"] as? String == name })
    }

    @Test func `without a record the report says unproven, why, and what to do`() async throws {
        let rig = try await Rig()
        let link = try await Self.start(rig)
        let baseline = try #require(link["baseline"] as? [String: Any])
        #expect(baseline["status"] as? String == "unproven")
        let reasons = try #require(baseline["reasons"] as? [String])
        #expect(reasons.contains { $0.contains("'cvqkd calibrate bob \(Rig.bobSerial)'") }, "\(reasons)")
        let watchdog = try Self.rule("receiverInput", link)
        #expect(watchdog["outcome"] as? String == "ok")
        #expect(watchdog["heldAgainst"] == nil, "a watchdog needs no reference")
    }

    /// The emulator's V_on is 11,000 LSB²; a record of 1.05 times that says what the first windows cannot: N0 has fallen. What
    /// a baseline consists of, and when there is none, `NodeReportsTests.LinkRunDocumentTests` have.
    @Test func `the records that hold in this station's store are named, and the first window is compared with them`()
        async throws
    {
        let rig = try await Rig()
        let store = try CalibratedPair.makeForKey(in: "\(rig.folder.path)/state") {
            if $0.procedure == .bob { $0.rawSums = CalibratedPair.sums(scale: 1.05) }
        }
        let records = try store.contents().records
        let link = try await Self.start(rig)
        let baseline = try #require(link["baseline"] as? [String: Any])
        #expect(baseline["status"] as? String == "calibration")
        for (key, procedure) in [("bobRecord", CalibrationRecord.Procedure.bob), ("pairRecord", .pair)] {
            let named = (baseline[key] as? [String: Any])?["name"] as? String
            #expect(named == records.first { $0.record.procedure == procedure }?.name)
        }
        for name in ["vacuumVariance", "vacuumPerPower"] {
            let rule = try Self.rule(name, link)
            #expect(rule["heldAgainst"] as? String == "calibration", "\(name)")
            #expect(try #require(rule["raised"] as? Int) > 0, "\(name)")
        }
    }

    @Test func `rules whose sensors are stale say so once, with the reason`() async throws {
        let rig = try await Rig(emulator: ["--defect", "stale-telemetry"])
        let link = try await rig.cvqkd.start([
            "link", "start", "--alice", rig.alice, "--bob", rig.bob, "--duration", "13", "--symbol-rate", "300000",
            "--vacuum-fraction", "0.3", "--json",
        ]).end(within: 60)
        #expect(link.status == 0, "\(link.errors)")
        let said = link.errors.components(separatedBy: "monitor unavailable: receiverInput").count - 1
        #expect(said == 1, "\(link.errors)")
        #expect(link.errors.contains("input_watchdog_power of \(Rig.bobSerial) is stale"))
        let rule = try Self.rule("receiverInput", try link.object())
        #expect(rule["outcome"] as? String == "unavailable")
        #expect((rule["unavailableReason"] as? String)?.contains("stale") == true)
        #expect((rule["unavailable"] as? Int ?? 0) > 5)
        #expect(try Self.rule("vacuumVariance", try link.object())["outcome"] as? String == "ok")
    }
}
