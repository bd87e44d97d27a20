import Foundation
import PythonScripts
import Testing

/// `cvqkd record --alice --bob`: a session of an emulated pair in files, and what `estimate` makes of them.
@Suite(.serialized) struct PairRecordingTests {
    /// The reference implementation reads metadata, checks them against its schema, and the hash against the samples.
    private static func validate(_ files: [String]) throws {
        let program = """
            import sys, sigmf
            for path in sys.argv[1:]:
                recording = sigmf.sigmffile.fromfile(path + '.sigmf-meta')
                recording.validate()
                assert recording.sample_count > 0
                recording.read_samples(0, 10)
            """
        let result = try Python.run(program, files, warnings: "ignore")
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: ["heterodyne", "homodyne"])
    func `a recorded session yields the channel of the emulator, within five standard deviations`(
        detection: String
    ) async throws {
        let rig = try await Rig(emulator: ["--detection", detection])
        let folder = "\(rig.folder.path)/session"
        let recorded = try await rig.cvqkd.run(
            "record", "--alice", rig.alice, "--bob", rig.bob, "--symbols", "200000", "--duration", "20",
            "--symbol-rate", "500000", "--samples", "200000", "--output", folder, "--json")
        try #require(recorded.status == 0, "\(recorded.errors)")
        let document = try recorded.object()
        #expect((document["symbols"] as? Int ?? 0) >= 200_000)
        #expect(document["lostSymbols"] as? Int == 0)
        let names = ["electronic_noise", "vacuum", "modulation", "signal"] + (detection == "homodyne" ? ["basis"] : [])
        try Self.validate(names.map { "\(folder)/\($0)" })

        // The printed command line, as a shell would read it.
        let command = try #require(document["estimate"] as? String)
        let words = command.replacingOccurrences(of: "'", with: "").split(separator: " ").map(String.init)
        let result = try await rig.cvqkd.run(Array(words.dropFirst()) + ["--verify", "--json"])
        try #require(result.status == 0, "\(result.errors)")
        let estimate = try result.object()
        #expect(estimate["delay"] as? Int == document["delay"] as? Int)
        // The emulator's defaults: 5 dB, 0.01 SNU, 0.1 SNU. Four figures at five σ: one false alarm in 4e5 runs.
        for (name, truth) in [("transmittance", 0.3162), ("excessNoise", 0.01), ("electronicNoise", 0.1)] {
            let found = try RecordingCommandTests.value(estimate, name)
            #expect(abs(found.value - truth) < 5 * found.sigma, "\(name): \(found)")
        }
        for unit in [rig.alice, rig.bob] { #expect(try await rig.state(unit) == "Dark") }
        #expect(rig.records.isEmpty)
    }

    @Test func `Ctrl-C leaves shorter recordings that are whole, and dark units`() async throws {
        let rig = try await Rig()
        let folder = "\(rig.folder.path)/session"
        let run = try rig.cvqkd.start([
            "record", "--alice", rig.alice, "--bob", rig.bob, "--samples", "10000", "--output", folder, "--json",
        ])
        try await eventually("the session streams") { run.errors.contains("session ") }
        try await rig.streams()
        run.signal(SIGINT)
        let result = try await run.end()
        #expect(result.status == 130)
        #expect(try result.object()["endedBy"] as? String == "interruption")
        try Self.validate(["electronic_noise", "vacuum", "modulation", "signal"].map { "\(folder)/\($0)" })
        for unit in [rig.alice, rig.bob] { #expect(try await rig.state(unit) == "Dark") }
    }

    @Test func `lost frames are declared as gaps in the recordings`() async throws {
        let rig = try await Rig()
        let folder = "\(rig.folder.path)/session"
        let run = try rig.cvqkd.start([
            "record", "--alice", rig.alice, "--bob", rig.bob, "--samples", "10000", "--duration", "4",
            "--symbol-rate", "500000", "--output", folder, "--json",
        ])
        try await eventually("the session streams") { run.errors.contains("session ") }
        try await rig.streams()
        try await rig.inject(Rig.bobSerial, "drop-stream-frame", "3")
        let result = try await run.end()
        try #require(result.status == 0, "\(result.errors)")
        let lost = try #require(try result.object()["lostSymbols"] as? Int)
        #expect(lost > 0)
        let text = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/vacuum.sigmf-meta"))
        let meta = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        let gaps = try #require(meta["annotations"] as? [[String: Any]])
        #expect(gaps.compactMap { $0["cvqkd:missing_symbols"] as? Int }.reduce(0, +) == lost)
    }

    @Test func `a session of purpose key is refused before a unit is touched`() async throws {
        let folder = try Scratch()
        let result = try await Program(name: "cvqkd").run(
            "record", "--alice", "A", "--bob", "B", "--purpose", "key", "--output", "\(folder.path)/x")
        #expect(result.status == 64)
        #expect(result.errors.contains("of purpose key never"))
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/x"))
    }
}
