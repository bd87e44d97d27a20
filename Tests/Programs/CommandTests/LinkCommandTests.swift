import Foundation
import Testing

/// A session on a pair, over real pseudo-terminals, and what other processes see of it.
@Suite(.serialized) struct LinkCommandTests {
    private static func isDark(_ rig: Rig) async throws -> Bool {
        let states = (try await rig.state(rig.alice), try await rig.state(rig.bob))
        return states.0 == "Dark" && states.1 == "Dark"
    }

    @Test func `link start reports a session in which every symbol is accounted for`() async throws {
        let rig = try await Rig()
        let result = try await rig.cvqkd.run(
            "link", "start", "--alice", rig.alice, "--bob", rig.bob, "--duration", "2", "--symbol-rate", "500000",
            "--json")
        #expect(result.status == 0, "\(result.errors)")
        for words in ["V_off", "both units ready", "MSymbol/s  no gaps  CRC errors 0"] {
            #expect(result.errors.contains(words), "\(words)")
        }
        let link = try result.object()
        #expect(link["label"] as? String == "link health, not a security estimate")
        #expect(link["emulated"] as? Bool == true)
        #expect(link["gapSymbols"] as? Int == 0)
        #expect(link["declaredGapSymbols"] as? Int == 0)
        #expect(link["endedBy"] as? String == "duration")
        #expect((link["session"] as? String)?.count == 16)
        let symbols = try #require(link["symbols"] as? Int)
        #expect(symbols > 500_000)
        #expect(link["endSymbol"] as? Int == symbols)
        let kinds = try #require(link["symbolsByKind"] as? [String: Int])
        #expect(kinds.values.reduce(0, +) == symbols)
        for (name, role) in [("alice", "Alice"), ("bob", "Bob")] {
            let unit = try #require(link[name] as? [String: Any])
            #expect(unit["role"] as? String == role)
            #expect(unit["emulated"] as? Bool == true)
            #expect((unit["counters"] as? [String: Any])?["conserved"] as? Bool == true)
        }
        // The emulator's defaults: 5 dB, 0.01 SNU, 0.1 SNU. Seven σ: one false alarm in 1e11 runs.
        try Self.expect(link["transmittance"], near: 0.3162, value: "estimate")
        try Self.expect(link["excessNoise"], near: 0.01, value: "estimate")
        try Self.expect(link["electronicNoise"], near: 0.1, value: "value")
        #expect((link["excessNoise"] as? [String: Any])?["plane"] as? String == "input")
        #expect((link["trainingSymbols"] as? Int ?? 0) > 10_000)
        #expect((link["verifiedSymbols"] as? Int ?? 0) > 10_000)
        #expect(try await Self.isDark(rig))
        #expect(rig.records.isEmpty)
    }

    private static func expect(_ estimate: Any?, near truth: Double, value name: String) throws {
        let fields = try #require(estimate as? [String: Any])
        let value = try #require(fields[name] as? Double)
        let sigma = try #require(fields["sigma"] as? Double)
        #expect(sigma > 0)
        #expect(abs(value - truth) < 7 * sigma, "\(value) ± \(sigma), truth \(truth)")
    }

    @Test func `link start ends by itself when the wanted precision is reached, and prints a table`() async throws {
        let rig = try await Rig()
        let result = try await rig.cvqkd.run(
            "link", "start", "--alice", Rig.aliceSerial, "--bob", Rig.bobSerial, "--stop-at-sigma", "0.1",
            "--stop-at-transmittance-sigma", "0.05", "--duration", "20")
        #expect(result.status == 0, "\(result.errors)")
        for words in [
            "ended by sigma", "link health, not a security estimate", "EMULATED", "ξ_in", "SNU, at Alice's output",
            "dB",
            "no gaps", "neither was measured here",
        ] {
            #expect(result.output.contains(words), "\(words)")
        }
    }

    @Test func `exchanged units are refused with the remedy`() async throws {
        let rig = try await Rig()
        let result = try await rig.cvqkd.run("link", "start", "--alice", rig.bob, "--bob", rig.alice)
        #expect(result.status == 6)
        #expect(result.errors.contains("--alice and --bob may be exchanged"))
    }

    @Test func `a second program is told who holds the units, and how to end it`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        for arguments in [["info", rig.alice], ["telemetry", Rig.bobSerial], ["stream", rig.bob]] {
            let result = try await rig.cvqkd.run(arguments + ["--json"])
            #expect(result.status == 5)
            let message = try #require(try result.errorObject()["message"] as? String)
            #expect(message.contains("pid \(link.process.processIdentifier)"), "\(message)")
            #expect(message.contains("cvqkd link stop"))
        }
        let list = try await rig.cvqkd.run("list")
        #expect(list.output.contains(Rig.aliceSerial))
        #expect(list.output.contains("busy"))
        link.signal(SIGINT)
        #expect(try await link.end().status == 130)
    }

    @Test func `Ctrl-C ends the session in order, with its report, and leaves both units dark`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink("--json")
        try await rig.streams()
        link.signal(SIGINT)
        let result = try await link.end()
        #expect(result.status == 130)
        let report = try result.object()
        #expect(report["endedBy"] as? String == "interruption")
        #expect(report["gapSymbols"] as? Int == report["declaredGapSymbols"] as? Int)
        #expect(try result.errorObject()["kind"] as? String == "interrupted")
        #expect(try await Self.isDark(rig))
        #expect(rig.records.isEmpty)
    }

    @Test func `a second Ctrl-C quits at once, and the units go dark by themselves`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        try await rig.inject(Rig.bobSerial, "hang")
        link.signal(SIGINT)
        try await eventually("it ends in order") { link.errors.contains("once more quits at once") }
        link.signal(SIGINT)
        let asked = ContinuousClock.now
        #expect(try await link.end().status == 130)
        // In order it would take six seconds and more, because Bob does not answer.
        #expect(asked.duration(to: .now) < .seconds(4))
        try await rig.inject(Rig.bobSerial, "clear")
        try await eventually("both go dark", within: 5) { try await Self.isDark(rig) }
    }

    @Test func `link status sees the session of another process, and link stop ends it`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        let status = try await rig.cvqkd.run("link", "status", "--json", "--alice", rig.alice).object()
        let sessions = try #require(status["sessions"] as? [[String: Any]])
        #expect(sessions.count == 1)
        #expect(sessions[0]["state"] as? String == "streaming")
        #expect(sessions[0]["pid"] as? Int32 == link.process.processIdentifier)
        let session = try #require(sessions[0]["session"] as? String)
        let stop = try await rig.cvqkd.run("link", "stop", String(session.prefix(6)))
        #expect(stop.status == 0, "\(stop.errors)")
        #expect(stop.output.contains("Session \(session) has ended with its program"), "\(stop.output)")
        // Not because the program has ended: the units were asked.
        #expect(stop.output.contains("Dark: \(Rig.aliceSerial), \(Rig.bobSerial)."), "\(stop.output)")
        let result = try await link.end()
        #expect(result.status == 130)
        #expect(result.output.contains("ended by interruption"))
        #expect(try await Self.isDark(rig))
        #expect(try await rig.cvqkd.run("link", "status").output == "No session runs on this machine.\n")
        #expect(try await rig.cvqkd.run("link", "stop").status == 3)
    }

    @Test func `after kill -9 the record is reported as dead once, and link stop puts the units out`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        link.signal(SIGKILL)
        try await eventually("it is gone") { !link.process.isRunning }
        #expect(rig.records.count == 1)
        let stop = try await rig.cvqkd.run("link", "stop", "--alice", rig.alice, "--bob", rig.bob)
        #expect(stop.status == 0, "\(stop.errors)")
        #expect(try await Self.isDark(rig))
        let status = try await rig.cvqkd.run("link", "status").output
        #expect(status.contains("dead"))
        #expect(rig.records.isEmpty)
        #expect(try await !rig.cvqkd.run("link", "status").output.contains("dead"))
    }

    @Test(arguments: [["--no-recovery"], ["--absence", "0.5"]])
    func `units that vanish for good are exit code 7, and what was counted is still reported`(
        options: [String]
    ) async throws {
        let rig = try await Rig()
        let link = try await rig.startLink(["--json"] + options)
        try await rig.streams()
        rig.pullPlugs()
        let result = try await link.end()
        #expect(result.status == 7, "\(result.errors)")
        #expect(try result.errorObject()["kind"] as? String == "gone")
        let report = try result.object()
        #expect(report["endedBy"] as? String == "failure")
        #expect((report["symbols"] as? Int ?? 0) > 0)
    }

    @Test func `the report of a session is kept when one unit comes back and the other does not`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink("--json", "--absence", "2")
        try await rig.streams()
        try await rig.inject(Rig.aliceSerial, "brown-out", "300")
        try await rig.inject(Rig.bobSerial, "unplug")
        let result = try await link.end()
        #expect(result.status == 7, "\(result.errors)")
        let report = try result.object()
        #expect((report["symbols"] as? Int ?? 0) > 0)
        #expect((report["earlierSessions"] as? [Any])?.isEmpty == true, "it is not its own predecessor")
    }

    @Test func `a unit that restarts costs a session: the link goes on in a new one, and says so`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink("--json", "--duration", "4")
        try await rig.streams()
        try await rig.inject(Rig.bobSerial, "brown-out", "700")
        let result = try await link.end()
        #expect(result.status == 0, "\(result.errors)")
        let report = try result.object()
        #expect(report["endedBy"] as? String == "duration")
        let earlier = try #require(report["earlierSessions"] as? [[String: Any]])
        #expect(earlier.count == 1)
        #expect(earlier[0]["failedUnit"] as? String == "Bob")
        #expect(earlier[0]["recovery"] as? String == "reconnection")
        #expect(earlier[0]["session"] as? String != report["session"] as? String)
        #expect((earlier[0]["symbols"] as? Int ?? 0) > 0)
        let bob = try #require(report["bob"] as? [String: Any])
        #expect((bob["recovery"] as? [String: Any])?["reconnections"] as? Int == 1)
        #expect((report["elapsedSeconds"] as? Double ?? 9) < 3.9, "the duration is that of all sessions")
        #expect(try await Self.isDark(rig))
        #expect(rig.records.isEmpty)
    }

    @Test func `a unit that ends the session by itself is a failure that names its fault`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        try await rig.inject(Rig.bobSerial, "hardware-fault", "17")
        let result = try await link.end()
        #expect(result.status == 1)
        #expect(result.errors.contains("Bob is Fault (fault 17)"), "\(result.errors)")
    }

    @Test func `the record of a session is readable for its owner only`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        let name = try #require(rig.records.first)
        var status = stat()
        #expect(stat("\(rig.folder.path)/cvqkd/sessions", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        #expect(stat("\(rig.folder.path)/cvqkd/sessions/\(name)", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        link.signal(SIGTERM)
        #expect(try await link.end().status == 130)
    }
}
