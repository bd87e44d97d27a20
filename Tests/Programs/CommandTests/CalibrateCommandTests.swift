import Foundation
import Testing

/// `calibrate` as people and scripts call it, with short plans on the emulated pair.
@Suite(.serialized)
struct CalibrateCommandTests {
    private static let short = [
        "--dark-samples", "1e6", "--vacuum-samples", "1e6", "--sweep-samples", "1e6", "--stability-windows", "8",
        "--stability-samples", "1e5", "--capture-samples", "50000", "--json",
    ]

    private static func bob(_ rig: Rig, _ more: String...) -> [String] {
        ["calibrate", "bob", rig.bob] + short + more
    }

    private static func pair(_ rig: Rig, symbols: String = "12e6", _ more: String...) -> [String] {
        [
            "calibrate", "pair", "--alice", rig.alice, "--bob", rig.bob, "--symbol-rate", "1000000", "--symbols",
            symbols, "--dark-samples", "1e7", "--extinction-samples", "1e6", "--json",
        ] + more
    }

    @Test func `without a station nothing is measured, and a plan needs none`() async throws {
        let rig = try await Rig()
        let refused = try await rig.cvqkd.run(Self.bob(rig))
        #expect(refused.status == 3, "\(refused.errors)")
        #expect(refused.errors.contains("--output"))
        let plan = try await rig.cvqkd.run(Self.bob(rig, "--plan-only"))
        #expect(plan.status == 0, "\(plan.errors)")
        let phases = try #require(try plan.object()["phases"] as? [[String: Any]])
        #expect(phases.first?["name"] as? String == "electronicNoise")
        let measured = try await rig.cvqkd.run(
            "shot-noise", "measure", rig.bob, "--dark-samples", "1e5", "--vacuum-samples", "1e5", "--json")
        #expect(measured.status == 0, "\(measured.errors)")
        let variance = try #require(try measured.object()["vacuumVariance"] as? [String: Any])
        #expect(variance["value"] as? Double != nil && variance["sigma"] as? Double != nil)
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    @Test
    func `what is calibrated is signed where --store says, and lets the pair make key; without records it may not`()
        async throws
    {
        let rig = try await Rig()
        let store = "\(rig.folder.path)/elsewhere"
        let station = try await rig.cvqkd.run(
            "station", "init", "--name", "bench", "--operator", "kim", "--store", store)
        #expect(station.status == 0, "\(station.errors)")
        let start = [
            "link", "start", "--alice", rig.alice, "--bob", rig.bob, "--symbol-rate", "400000", "--duration", "1",
            "--purpose", "key", "--on-alarm", "report", "--json",
        ]
        let missing = try await rig.cvqkd.run(start + ["--store", store])
        #expect(missing.status == 15, "\(missing.errors)")
        #expect(missing.errors.contains("there is no bob calibration"))

        let bob = try await rig.cvqkd.start(Self.bob(rig, "--store", store)).end(within: 120)
        #expect(bob.status == 0, "\(bob.errors)")
        let found = try bob.object()
        let record = try #require(found["record"] as? [String: Any])
        #expect(record["operatorName"] as? String == "kim")
        #expect(record["station"] as? String == "bench")
        #expect((found["name"] as? String)?.count == 64)
        #expect(found["due"] as? [Any] != nil)
        // Few symbols show no margin: such a record fails, and gives no key.
        let few = try await rig.cvqkd.start(Self.pair(rig, symbols: "2e6", "--store", store)).end(within: 120)
        #expect(few.status == 13 && few.errors.contains("--symbols"), "\(few.errors)")
        let unproven = try await rig.cvqkd.run(start + ["--store", store])
        #expect(unproven.status == 15 && unproven.errors.contains("it failed"), "\(unproven.errors)")
        let alice = try await rig.cvqkd.start(["calibrate", "alice", rig.alice, "--yes", "--store", store]).end(
            within: 120)
        #expect(alice.status == 0, "\(alice.errors)")
        let pair = try await rig.cvqkd.start(Self.pair(rig, "--store", store)).end(within: 120)
        #expect(pair.status == 0, "\(pair.errors)")
        let verified = try await rig.cvqkd.run("calibration", "verify", "--store", store)
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(rig.folder.path)/state/records"))
        for unit in [rig.alice, rig.bob] { #expect(try await rig.state(unit) == "Dark") }

        let elsewhere = try await rig.cvqkd.run(start)
        #expect(elsewhere.status == 15, "\(elsewhere.errors)")
        let link = try await rig.cvqkd.start(start + ["--store", store]).end(within: 60)
        #expect(link.status == 0, "\(link.errors)")
        #expect(try link.object()["purpose"] as? String == "key")
    }

    @Test func `Ctrl-C in a phase leaves the unit dark and a record that says incomplete`() async throws {
        let rig = try await Rig()
        let output = "\(rig.folder.path)/record.json"
        let running = try rig.cvqkd.start(
            ["calibrate", "bob", rig.bob, "--vacuum-samples", "1e10", "--output", output, "--json"])
        try await eventually("V_off is done", within: 60) { running.errors.contains("electronic noise,") }
        running.signal(SIGINT)
        let ended = try await running.end(within: 30)
        #expect(ended.status == 130, "\(ended.errors)")
        let data = try #require(FileManager.default.contents(atPath: output))
        let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(record["outcome"] as? String == "incomplete")
        #expect((record["phases"] as? [[String: Any]])?.first?["outcome"] as? String == "pass")
        #expect(try await rig.state(rig.bob) == "Dark")
    }
}
