import Foundation
import Testing

/// Shot noise watched and attacks reported, by the programs, over real pseudo-terminals.
@Suite(.serialized) struct MonitorCommandTests {
    @Test(arguments: [true, false])
    func `shot-noise watch prints one object per window and leaves the unit dark`(sums: Bool) async throws {
        let rig = try await Rig()
        let arguments = [
            "shot-noise", "watch", rig.bob, "--window-samples", "200000", "--reference-windows", "3", "--json",
        ]
        let watch = try rig.cvqkd.start(arguments + (sums ? ["--moments"] : []))
        try await eventually("six windows", within: 30) { watch.output.split(separator: "\n").count >= 6 }
        let other = try await rig.cvqkd.run("link", "status", "--json")
        let sessions = try #require(try other.object()["sessions"] as? [[String: Any]])
        #expect(sessions.first?["command"] as? String == "shot-noise watch")
        #expect(sessions.first?["liveShotNoise"] != nil)
        watch.signal(SIGINT)
        let result = try await watch.end()
        #expect(result.status == 130, "\(result.errors)")
        let last = try #require(result.output.split(separator: "\n").last)
        let line = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
        #expect(line["source"] as? String == (sums ? "moments" : "stream"))
        #expect(line["emulated"] as? Bool == true)
        let live = try #require(line["liveShotNoise"] as? [String: Any])
        #expect(live["reference"] as? String == "firstWindows")
        #expect((live["alarms"] as? [String: Int])?.isEmpty == true)
        #expect(live["hiddenExcessNoise"] as? Double ?? 0 > 0)
        let vacuum = try #require(live["vacuumVariance"] as? [String: Any])
        let (value, sigma) = (try #require(vacuum["value"] as? Double), try #require(vacuum["sigma"] as? Double))
        // The emulator's defaults: 10,000 (1 + 0.1) + 1/12 LSB². Seven σ: one false alarm in 1e11 runs.
        #expect(abs(value - 11_000.083) < 7 * sigma)
        let drift = try #require(live["drift"] as? [String: Any])
        let effect = try #require(live["driftEffect"] as? [String: Any])
        // −(1 + v_el)δ/(μ′ηT) at 5 dB: a factor of −11.6.
        let factor = try #require(effect["value"] as? Double) / (try #require(drift["value"] as? Double))
        #expect(abs(factor / (-1.1 / (0.5 * 0.6 * 0.316_228)) - 1) < 0.01)
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    @Test func `a drift of the local oscillator is an alarm of shot-noise watch`() async throws {
        let rig = try await Rig()
        let watch = try rig.cvqkd.start([
            "shot-noise", "watch", rig.bob, "--moments", "--window-samples", "400000", "--reference-windows", "3",
            "--duration", "6", "--fail-on-alarm", "--json",
        ])
        try await eventually("a reference", within: 30) { watch.output.contains("\"reference\":\"firstWindows\"") }
        let injected = try await rig.emulator("inject", Rig.bobSerial, "lo-drift", "--", "-0.1")
        #expect(injected.status == 0, "\(injected.errors)")
        let result = try await watch.end()
        #expect(result.status == 13, "\(result.errors)")
        #expect(result.output.contains("\"step\""))
        let message = try #require(try result.errorObject()["message"] as? String)
        #expect(message.hasPrefix("--fail-on-alarm: ") && message.contains("step in "), "\(message)")
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    @Test func `a Trojan horse ends a session whose alarms act, and is only reported else`() async throws {
        let rig = try await Rig()
        let start = [
            "link", "start", "--alice", rig.alice, "--bob", rig.bob, "--symbol-rate", "400000", "--vacuum-fraction",
            "0.4",
            "--duration", "12", "--json",
        ]
        let acting = try rig.cvqkd.start(start + ["--on-alarm", "act"])
        try await eventually("the session streams", within: 30) { acting.errors.contains("Ctrl-C ends it") }
        // Its windows are a second long: the first have been judged and found sound.
        try await rig.streams(frames: 500)
        _ = try await rig.emulator("inject", Rig.aliceSerial, "trojan-horse")
        let result = try await acting.end(within: 40)
        #expect(result.status == 13, "\(result.errors)")
        #expect(result.errors.contains("monitor alarm: transmitterInput"))
        let link = try result.object()
        #expect(link["endedBy"] as? String == "monitor transmitterInput")
        let monitors = try #require(link["monitors"] as? [String: Any])
        #expect(monitors["action"] as? String == "stop")
        let causes = try #require(monitors["causes"] as? [[String: Any]])
        #expect(
            causes.contains { $0["hypothesis"] as? String == "trojanHorse" && $0["suspectedAttack"] as? Bool == true })
        let rules = try #require(monitors["rules"] as? [[String: Any]])
        let wavelength = rules.first { $0["rule"] as? String == "oscillatorLinearity" }
        #expect(wavelength?["outcome"] as? String == "benchOnly")
        #expect((wavelength?["benchOnly"] as? String)?.contains("interrupt the session") == true)
        #expect(wavelength?["unavailableReason"] == nil)
        #expect(rules.filter { $0["outcome"] as? String == "benchOnly" }.count == 2)
        #expect(result.errors.components(separatedBy: "monitors on a bench only: ").count == 2, "said once")
        #expect(!result.errors.contains("monitor unavailable: coexistence"))
        let leak = try #require(monitors["shutterLeak"] as? [String: Any])
        #expect(leak["symbols"] as? Int ?? 0 > 1_000)
        #expect((5...47).contains(leak["visibleDecibels"] as? Double ?? 0))
        #expect(abs((leak["judgedFromDecibels"] as? Double ?? 0) - 47) < 0.1)
        #expect(wavelength?["detectability"] as? String == "not reliably detectable")
        #expect((monitors["notDetectable"] as? [[String: Any]])?.isEmpty == false)
        #expect(try await rig.state(rig.alice) == "Dark")

        // It is still there: a session that only reports runs to its end.
        let reporting = try await rig.cvqkd.run(Array(start.dropLast(2)) + ["8", "--json"])
        #expect(reporting.status == 0, "\(reporting.errors)")
        #expect((try reporting.object()["monitors"] as? [String: Any])?["policy"] as? String == "report")
    }

    @Test func `the emulator lists its attacks and refuses strengths without sense`() async throws {
        let rig = try await Rig()
        let list = try await rig.emulator("attacks")
        #expect(list.output.contains("lo-calibration") && list.output.contains("wavelength"))
        let refused = try await rig.emulator("inject", Rig.bobSerial, "intercept-resend", "3")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("the strength of intercept-resend is 0.0...1.0, not 3.0"))
        let state = try await rig.emulator("inject", Rig.bobSerial, "raman", "0.1")
        #expect(state.output.contains("\"strength\" : 0.1"))
    }
}
