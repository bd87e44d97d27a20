import Foundation
import Testing

/// Commands on one unit, over real pseudo-terminals.
@Suite(.serialized) struct UnitCommandTests {
    @Test func `list shows both emulated units and says that they are`() async throws {
        let rig = try await Rig()
        let table = try await rig.cvqkd.run("list")
        #expect(table.status == 0)
        let lines = table.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.dropFirst().allSatisfy { $0.hasSuffix("emulated") })
        let units = try #require(try await rig.cvqkd.run("list", "--json").object()["units"] as? [[String: Any]])
        #expect(units.map { $0["serial"] as? String } == [Rig.aliceSerial, Rig.bobSerial])
        #expect(units.map { $0["role"] as? String } == ["Alice", "Bob"])
        #expect(units.allSatisfy { $0["emulated"] as? Bool == true && $0["problem"] == nil })
        #expect(units.allSatisfy { $0["status"] as? String == "ready" })
    }

    @Test func `list shows units that cannot be used, with the reason`() async throws {
        let rig = try await Rig()
        try await rig.inject(Rig.aliceSerial, "hang")
        try await rig.inject(Rig.bobSerial, "wrong-fingerprint")
        let list = try await rig.cvqkd.run("list")
        #expect(list.output.contains("no answer"))
        #expect(list.output.contains("no reply to Hello"))
        #expect(list.output.contains("message 13 Status: field "))
        let info = try await rig.cvqkd.run("info", rig.bob)
        #expect(info.status == 6)
    }

    @Test func `list tells ready, busy, silent, incompatible and absent units apart for scripts`() async throws {
        let rig = try await Rig()
        func listed(_ names: String...) async throws -> [String: String] {
            let document = try await rig.cvqkd.run(["list", "--json"] + names).object()
            let units = try #require(document["units"] as? [[String: Any]])
            return Dictionary(
                uniqueKeysWithValues: units.map {
                    ($0["serial"] as? String ?? $0["selector"] as? String ?? "?", $0["status"] as? String ?? "?")
                })
        }
        #expect(try await listed() == [Rig.aliceSerial: "ready", Rig.bobSerial: "ready"])
        #expect(
            try await listed(Rig.bobSerial, "usb:NOVA-X-9999") == [Rig.bobSerial: "ready", "NOVA-X-9999": "absent"])
        #expect(try await listed("serial:/dev/no-such-line") == ["serial:/dev/no-such-line": "absent"])
        let stream = try rig.cvqkd.start(["stream", rig.bob, "--symbol-rate", "50000"])
        try await eventually("it streams") { stream.errors.contains("session ") }
        #expect(try await listed() == [Rig.aliceSerial: "ready", Rig.bobSerial: "busy"])
        let table = try await rig.cvqkd.run("list").output
        #expect(table.contains("(pid \(stream.process.processIdentifier)"), "\(table)")
        stream.signal(SIGINT)
        _ = try await stream.end()
        try await rig.inject(Rig.aliceSerial, "hang")
        try await rig.inject(Rig.bobSerial, "wrong-fingerprint")
        #expect(try await listed(rig.bob) == [rig.bob: "incompatible"])
        #expect(try await listed(rig.alice) == [rig.alice: "noAnswer"])
        #expect(try await listed(Rig.aliceSerial) == [Rig.aliceSerial: "noAnswer"])
        #expect(try await rig.cvqkd.run("list", Rig.aliceSerial).output.contains("it may be at \(rig.folder.path)"))
    }

    @Test func `list --watch shows what changes without a plug event`() async throws {
        let rig = try await Rig()
        let watch = try rig.cvqkd.start(["list", "--watch", "--json"])
        try await eventually("the first list") { watch.output.contains("\n") }
        try await rig.inject(Rig.bobSerial, "wrong-fingerprint")
        try await eventually("the unit is seen to differ") { watch.output.contains("\"incompatible\"") }
        try await rig.inject(Rig.bobSerial, "clear")
        try await eventually("it works again") {
            watch.output.split(separator: "\n").last.map { !$0.contains("incompatible") } == true
        }
        #expect(watch.output.split(separator: "\n").count == 3)
        watch.signal(SIGTERM)
        _ = try await watch.end()
    }

    @Test func `info finds a unit by its serial number and states its units`() async throws {
        let rig = try await Rig()
        let result = try await rig.cvqkd.run("info", Rig.bobSerial)
        #expect(result.status == 0)
        #expect(result.output.contains("EMULATED"))
        #expect(result.output.contains("as the unit states"))
        let info = try await rig.cvqkd.run("info", rig.bob, "--json").object()
        #expect(info["serial"] as? String == Rig.bobSerial)
        #expect(info["emulated"] as? Bool == true)
        #expect(info["detection"] as? String == "Heterodyne")
        #expect(info["heartbeatTimeout"] as? Double == 2)
        #expect((info["symbolRate"] as? [String: Any])?["maximum"] as? Double == 10e6)
    }

    @Test func `status and telemetry observe and change nothing`() async throws {
        let rig = try await Rig()
        #expect(try await rig.state(rig.alice) == "Dark")
        let table = try await rig.cvqkd.run("telemetry", rig.bob)
        #expect(table.status == 0)
        #expect(table.output.contains("detector_temperature"))
        #expect(table.output.contains("°C"))
        let report = try await rig.cvqkd.run("telemetry", rig.bob, "--json").object()
        let readings = try #require(report["readings"] as? [[String: Any]])
        #expect(readings.count > 10)
        let temperature = try #require(readings.first { $0["name"] as? String == "detector_temperature" })
        #expect(temperature["unit"] as? String == "degC")
        #expect(temperature["stale"] as? Bool == false)
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    @Test func `capture summarises, saves once, and overwrites only when told to`() async throws {
        let rig = try await Rig()
        let file = "\(rig.folder.path)/noise.csv"
        let first = try await rig.cvqkd.run("capture", rig.bob, "--samples", "4000", "--output", file, "--json")
        #expect(first.status == 0, "\(first.errors)")
        let channels = try #require(try first.object()["channels"] as? [[String: Any]])
        #expect(channels.map { $0["samples"] as? Int } == [2000, 2000])
        // Electronic noise of 0.1 SNU at 10000 LSB²: 1000 LSB². Twelve σ of 2000 samples: no false alarm in 1e30 runs.
        for channel in channels { #expect(abs((channel["variance"] as? Double ?? 0) - 1000) < 380) }
        let saved = rig.folder.text("noise.csv")
        let lines = saved.split(separator: "\n")
        #expect(lines[0].contains("EMULATED"))
        #expect(lines[1] == "x,p")
        #expect(lines.count == 2002)
        #expect(!first.output.contains(lines[2]))
        let second = try await rig.cvqkd.run("capture", rig.bob, "--samples", "4000", "--output", file)
        #expect(second.status == 1)
        #expect(second.errors.contains("--force"))
        #expect(rig.folder.text("noise.csv") == saved)
        let third = try await rig.cvqkd.run("capture", rig.bob, "--samples", "100", "--output", file, "--force")
        #expect(third.status == 0)
        #expect(rig.folder.text("noise.csv").split(separator: "\n").count == 52)
    }

    @Test func `capture with light leaves the unit dark, and words are int16`() async throws {
        let rig = try await Rig()
        let file = "\(rig.folder.path)/light.i16"
        let result = try await rig.cvqkd.run(
            "capture", rig.bob, "--samples", "4000", "--light", "--output", file, "--json")
        #expect(result.status == 0, "\(result.errors)")
        #expect((try result.object()["light"] as? [String])?.contains("LocalOscillator") == true)
        #expect(FileManager.default.contents(atPath: file)?.count == 8000)
        #expect(try await rig.state(rig.bob) == "Dark")
        let many = try await rig.cvqkd.run("capture", rig.bob, "--samples", "4000000000")
        #expect(many.status == 64)
        #expect(many.errors.contains("range"))
        let device = try await rig.cvqkd.run(
            "capture", rig.bob, "--samples", "10", "--force", "--output", "/proc/x.csv")
        #expect(device.status == 3 && device.errors.contains("/proc/x.csv: "), "\(device.errors)")
    }

    @Test(arguments: [Rig.aliceSerial, Rig.bobSerial])
    func `stream of one unit alone loses nothing and leaves it dark`(unit: String) async throws {
        let rig = try await Rig()
        let result = try await rig.cvqkd.run(
            "stream", unit, "--duration", "1", "--symbol-rate", "200000", "--fail-on", "gap,crc,overflow", "--json")
        #expect(result.status == 0, "\(result.errors)")
        let stream = try result.object()
        let counters = try #require(stream["counters"] as? [String: Any])
        #expect(counters["conserved"] as? Bool == true)
        #expect(counters["gapSymbols"] as? Int == 0)
        #expect((counters["deliveredSymbols"] as? Int ?? 0) > 100_000)
        #expect(stream["agrees"] as? Bool == true)
        #expect(try await rig.state(unit) == "Dark")
        #expect(rig.records.isEmpty)
    }

    @Test(arguments: [("corrupt-frame", "crc"), ("fifo-overflow", "overflow"), ("drop-stream-frame", "gap")])
    func `stream with --fail-on exits with 8 when the fault occurs`(fault: String, name: String) async throws {
        let rig = try await Rig()
        let stream = try rig.cvqkd.start([
            "stream", rig.bob, "--duration", "3", "--symbol-rate", "500000", "--fail-on", name,
        ])
        try await eventually("it streams") { stream.errors.contains("session ") }
        try await rig.inject(Rig.bobSerial, fault, fault == "corrupt-frame" ? "10" : "3")
        let result = try await stream.end()
        #expect(result.status == 8, "\(result.errors)")
        #expect(result.errors.contains("--fail-on: \(name) occurred"))
        #expect(result.output.contains("accounted for"))
    }

    @Test func `schema diff reads a unit's own text`() async throws {
        let rig = try await Rig()
        #expect(try await rig.cvqkd.run("schema", "diff", rig.alice).status == 0)
        try await rig.inject(Rig.aliceSerial, "wrong-fingerprint")
        let diff = try await rig.cvqkd.run("schema", "diff", rig.alice)
        #expect(diff.status == 6)
        #expect(diff.output.hasPrefix("INCOMPATIBLE  message 13 Status: field "))
        let shown = try await rig.cvqkd.run("schema", "show", rig.alice)
        #expect(shown.output.hasPrefix("<?xml"))
    }
}
