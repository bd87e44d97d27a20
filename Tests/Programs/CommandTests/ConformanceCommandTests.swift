import Foundation
import PythonScripts
import Testing

/// `cvqkd conformance`, the built program, on emulated units behind pseudo-terminals.
@Suite(.serialized)
struct ConformanceCommandTests {
    @Test func `an emulated pair passes, and the record and the XML say so to their own readers`() async throws {
        let rig = try await Rig()
        let (junit, json) = ("\(rig.folder.path)/unit.xml", "\(rig.folder.path)/unit.json")
        let began = ContinuousClock.now
        let run = try rig.cvqkd.start([
            "conformance", rig.alice, "--bob", rig.bob, "--destructive", "--junit", junit, "--json", json,
        ])
        let result = try await run.end(within: 150)
        let elapsed = ContinuousClock.now - began
        #expect(result.status == 0, "\(result.output.suffix(3_000))\(result.errors)")
        #expect(elapsed < .seconds(110), "it took \(elapsed)")
        #expect(result.output.contains(" 0 failed, 0 not carried out, 4 skipped (skipped is not passed)"))
        let record = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: json))) as? [String: Any])
        #expect(record["outcome"] as? String == "PASS")
        #expect(record["dut_id"] as? String == "\(Rig.aliceSerial)+\(Rig.bobSerial)")
        let phases = try #require(record["phases"] as? [[String: Any]])
        let counts = try Self.junitparser(junit)
        #expect(counts == [phases.count, 0, 0, 4])
        #expect(try await rig.state(rig.alice) == "Dark")
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    @Test func `a broken rule is told with section and finding, and has an exit code of its own`() async throws {
        let rig = try await Rig(emulator: ["--defect", "crc-ignored"])
        let result = try await rig.cvqkd.run(
            "conformance", rig.alice, "--only", "bad-crc-dropped", "--only", "status", "--junit", "-")
        #expect(result.status == 11)
        #expect(result.errors.contains("alice/bad-crc-dropped FAILED"))
        #expect(result.errors.contains("  document  section 1, Frames: "))
        #expect(result.errors.contains("a frame with a wrong CRC was answered with Status"))
        #expect(result.errors.contains("1 passed, 1 failed, 0 not carried out, 0 skipped"))
        let path = "\(rig.folder.path)/defect.xml"
        try result.output.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try Self.junitparser(path) == [2, 1, 0, 0])
    }

    @Test func `the record goes to standard output alone`() async throws {
        let rig = try await Rig()
        let result = try await rig.cvqkd.run("conformance", rig.bob, "--only", "hello-identity", "--json", "-")
        #expect(result.status == 0)
        #expect(try result.object()["outcome"] as? String == "PASS")
        #expect(result.errors.contains("1 passed, 0 failed, 0 not carried out, 0 skipped"))
    }

    @Test func `Ctrl-C leaves the unit stopped and dark, and the record says aborted`() async throws {
        let rig = try await Rig()
        let json = "\(rig.folder.path)/aborted.json"
        let run = try rig.cvqkd.start(["conformance", rig.bob, "--only", "heartbeat-holds-light", "--json", json])
        // Warm-up takes 0.2 s here, and then the light is held up for two and a half seconds.
        try await eventually("the check begins") { run.errors.contains("heartbeat-holds-light") }
        try await eventually("the light is held up") { try await rig.emulatedState(Rig.bobSerial) == "ready" }
        run.signal(SIGINT)
        let result = try await run.end(within: 10)
        #expect(result.status == 130, "\(result.output)\(result.errors)")
        let text = try String(contentsOfFile: json, encoding: .utf8)
        #expect(text.contains("\"outcome\": \"ABORTED\""))
        #expect(try await rig.state(rig.bob) == "Dark")
    }

    @Test func `the list names every check, and an unknown one is a mistake`() async throws {
        let cvqkd = Program(name: "cvqkd")
        let list = try await cvqkd.run("conformance", "--list")
        #expect(list.status == 0)
        #expect(list.output.contains("dead-man"))
        #expect(list.output.split(separator: "\n").count > 80)
        let wrong = try await cvqkd.run("conformance", "serial:/dev/null", "--only", "no-such-check")
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("'no-such-check' is not a check"))
        let nothing = try await cvqkd.run("conformance")
        #expect(nothing.status == 64)
    }

    @Test func `a unit that is not there is the usual error`() async throws {
        let result = try await Program(name: "cvqkd").run("conformance", "serial:/dev/no-such-line")
        #expect(result.status == 3)
        #expect(result.errors.hasPrefix("Error: "))
    }

    @Test func `the emulator lists its defects, and refuses others`() async throws {
        let emulator = Program(name: "cvqkd-emulator")
        let list = try await emulator.run("defects")
        #expect(list.output.contains("crc-ignored"))
        #expect(list.output.contains("bad-crc-dropped"))
        let wrong = try await emulator.run("run", "--defect", "no-such-defect")
        #expect(wrong.status == 64)
    }

    /// Tests, failures, errors and skipped as PyPI's junitparser reads them.
    private static func junitparser(_ path: String) throws -> [Int] {
        let script = """
            import sys, junitparser
            xml = junitparser.JUnitXml.fromfile(sys.argv[1])
            cases = [case for suite in xml for case in suite]
            kinds = [type(result).__name__ for case in cases for result in case.result]
            assert xml.tests == len(cases) and xml.failures == kinds.count("Failure")
            print(len(cases), kinds.count("Failure"), kinds.count("Error"), kinds.count("Skipped"))
            """
        let read = try Python.run(script, [path])
        try #require(read.status == 0, "junitparser cannot read it: \(read.errors)")
        return read.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }
}
