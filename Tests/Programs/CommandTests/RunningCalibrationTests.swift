import Foundation
import Testing

/// Whoever sees light on a unit finds out why, and can end it.
@Suite(.serialized) struct RunningCalibrationTests {
    private static func listed(_ rig: Rig) async throws -> [[String: Any]] {
        let status = try await rig.cvqkd.run("link", "status", "--json")
        return try status.object()["sessions"] as? [[String: Any]] ?? []
    }

    @Test(arguments: ["bob", "commission"])
    func `a calibration is listed while it runs, and is stopped by its number; light is put out by command`(
        what: String
    ) async throws {
        let rig = try await Rig()
        _ = try await rig.cvqkd.run("station", "init", "--name", "bench")
        let arguments =
            what == "bob"
            ? ["calibrate", "bob", rig.bob, "--vacuum-samples", "1e10"]
            : [
                "calibrate", "commission", "--alice", rig.alice, "--bob", rig.bob, "--disconnected", "--fibre-loss",
                "5", "--hold", "600",
            ]
        let running = try rig.cvqkd.start(arguments)
        try await eventually("light is on", within: 60) {
            try #require(running.process.isRunning, "\(running.errors)")
            return try await rig.emulatedState(Rig.bobSerial) != "dark"
        }
        let session = try #require(try await Self.listed(rig).first)
        #expect(session["command"] as? String == "calibrate \(what)" && session["purpose"] as? String == "calibration")
        #expect(session["state"] as? String == "measuring")
        let held = try await rig.cvqkd.run("status", rig.bob)
        #expect(held.status == 5 && held.errors.contains("'cvqkd calibrate \(what)'"), "\(held.errors)")
        let number = try #require(session["session"] as? String)
        let stop = try await rig.cvqkd.run("link", "stop", number)
        #expect(stop.status == 0, "\(stop.errors)")
        #expect(try await running.end().status == 130)
        // Dark at once, and not by the heartbeat time-out two seconds later.
        #expect(try await rig.emulatedState(Rig.bobSerial) == "dark")
        #expect(try await rig.emulatedState(Rig.aliceSerial) == "dark")
        #expect(rig.records.isEmpty)
    }
}
