import Foundation
import Testing

/// A unit at a far site: its line relayed to a Unix socket by socat, as ssh would forward it.
@Suite(.serialized) struct ForwardedUnitTests {
    /// A pair whose Alice is reached through a socket.
    private struct Site {
        let rig: Rig
        let relay: Process
        var alice: String { "serial:\(socket)" }
        var socket: String { "\(rig.folder.path)/alice.sock" }

        init(_ options: [String] = []) async throws {
            rig = try await Rig(emulator: options)
            relay = Process()
            relay.executableURL = URL(fileURLWithPath: "/usr/bin/socat")
            relay.arguments = [
                "UNIX-LISTEN:\(socket),fork,max-children=1,mode=600",
                "FILE:\(rig.folder.path)/units/alice-0,raw,echo=0",
            ]
            // The relay must not hold the test's own output open.
            relay.standardOutput = FileHandle.nullDevice
            relay.standardError = FileHandle.nullDevice
            try relay.run()
            let path = socket
            try await eventually("socat listens") { FileManager.default.fileExists(atPath: path) }
        }

        func end() {
            try? ForwardedUnitTests.endChildren(of: relay.processIdentifier)
            if relay.isRunning { kill(relay.processIdentifier, SIGKILL) }
        }
    }

    @Test func `a session runs with one unit behind a forwarded socket`() async throws {
        let site = try await Site()
        defer { site.end() }
        let result = try await site.rig.cvqkd.run(
            "link", "start", "--alice", site.alice, "--bob", site.rig.bob, "--duration", "2", "--symbol-rate", "200000",
            "--json")
        #expect(result.status == 0, "\(result.errors)")
        let link = try result.object()
        #expect(link["gapSymbols"] as? Int == 0)
        let transmittance = try #require(link["transmittance"] as? [String: Any])
        let value = try #require(transmittance["estimate"] as? Double)
        let sigma = try #require(transmittance["sigma"] as? Double)
        #expect(abs(value - 0.3162) < 7 * sigma, "\(value) ± \(sigma)")
    }

    @Test func `raw key does not cross a socket`() async throws {
        let site = try await Site()
        defer { site.end() }
        try CalibratedPair.makeForKey(in: "\(site.rig.folder.path)/state")
        let result = try await site.rig.cvqkd.run(
            "link", "start", "--alice", site.alice, "--bob", site.rig.bob, "--duration", "1", "--purpose", "key",
            "--symbol-rate", "200000")
        #expect(result.status == 10, "\(result.errors)")
        #expect(result.errors.contains("raw key does not leave the machine"))
        #expect(try await site.rig.state(site.rig.bob) == "Dark")
    }

    /// What `calibrate pair` takes besides its units, for `symbols` symbols at 1 MHz.
    private static func calibration(_ symbols: String) -> [String] {
        [
            "--symbol-rate", "1000000", "--symbols", symbols, "--dark-samples", "1e7", "--extinction-samples", "1e6",
            "--json",
        ]
    }

    @Test func `a pair is calibrated with one unit behind a forwarded socket as with both here`() async throws {
        let site = try await Site()
        defer { site.end() }
        _ = try await site.rig.cvqkd.run("station", "init", "--name", "bench", "--operator", "kim")
        let run = try site.rig.cvqkd.start(
            ["calibrate", "pair", "--alice", site.alice, "--bob", site.rig.bob] + Self.calibration("4e6"))
        let result = try await run.end(within: 60)
        let record = try #require(try result.object()["record"] as? [String: Any])
        // Whatever the limits say of this pair: code and record have to say the same.
        let outcome = try #require(record["outcome"] as? String)
        #expect(["pass", "marginal", "fail"].contains(outcome), "\(outcome)")
        #expect(result.status == (outcome == "fail" ? 13 : 0), "\(outcome), \(result.status): \(result.errors)")
        let phases = try #require(record["phases"] as? [[String: Any]])
        let training = try #require(phases.first { $0["name"] as? String == "training" })
        let found = try #require(training["measurements"] as? [[String: Any]])
        let transmittance = try #require(found.first { $0["name"] as? String == "transmittance" })
        let value = try #require(transmittance["value"] as? Double)
        let sigma = try #require(transmittance["sigma"] as? Double)
        #expect(abs(value - 0.3162) < 7 * sigma, "\(value) ± \(sigma)")
        #expect(found.first { $0["name"] as? String == "lostSymbols" }?["value"] as? Double == 0)
    }

    @Test func `a forward that dies in a calibration ends it in order: message, record, both units dark`() async throws
    {
        let site = try await Site()
        defer { site.end() }
        _ = try await site.rig.cvqkd.run("station", "init", "--name", "bench", "--operator", "kim")
        let run = try site.rig.cvqkd.start(
            ["calibrate", "pair", "--alice", site.alice, "--bob", site.rig.bob] + Self.calibration("60e6"))
        try await eventually("training has begun", within: 60) { run.errors.contains("warm up, ") }
        try Self.endChildren(of: site.relay.processIdentifier)
        let died = ContinuousClock.now
        let result = try await run.end(within: 20)
        #expect(result.status == 7, "\(result.status): \(result.errors)")
        #expect(result.errors.contains("\(site.socket): the unit is gone"), "\(result.errors)")
        #expect(ContinuousClock.now - died < .seconds(10))
        // Bob was told; Alice heard nothing, and puts her light out herself.
        #expect(try await site.rig.state(site.rig.bob) == "Dark")
        try await eventually("Alice's dead man", within: 5) {
            try await site.rig.state(site.rig.alice) == "Dark"
        }
        let record = try #require(try result.object()["record"] as? [String: Any])
        #expect(record["outcome"] as? String == "incomplete")
        let listed = try await site.rig.cvqkd.run("calibration", "list", "--json")
        #expect(listed.output.contains("incomplete"), "what was done is kept: \(listed.output)")
        #expect(try await site.rig.cvqkd.run("calibration", "verify").status == 0)
    }

    @Test func `a relay that dies is a unit that is gone`() async throws {
        let site = try await Site()
        defer { site.end() }
        let watch = try site.rig.cvqkd.start(["telemetry", site.alice, "--watch", "--json"])
        try await eventually("values arrive") { watch.output.contains("laser_power") }
        try Self.endChildren(of: site.relay.processIdentifier)
        let result = try await watch.end(within: 5)
        #expect(result.status == 7, "\(result.status): \(result.errors)")
    }

    @Test func `nobody at the socket is a unit that is not found`() async throws {
        let rig = try await Rig()
        let path = "\(rig.folder.path)/nobody.sock"
        let listener = Process()
        listener.executableURL = URL(fileURLWithPath: "/usr/bin/socat")
        listener.arguments = ["UNIX-LISTEN:\(path),unlink-close=0", "STDOUT"]
        listener.standardOutput = FileHandle.nullDevice
        listener.standardError = FileHandle.nullDevice
        try listener.run()
        try await eventually("socat listens") { FileManager.default.fileExists(atPath: path) }
        kill(listener.processIdentifier, SIGKILL)
        listener.waitUntilExit()
        let result = try await rig.cvqkd.run("info", "serial:\(path)")
        #expect(result.status == 3, "\(result.status): \(result.errors)")
    }

    fileprivate static func endChildren(of parent: Int32) throws {
        let children = try String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
        for child in children.split(separator: " ").compactMap({ Int32($0) }) { kill(child, SIGKILL) }
    }
}
