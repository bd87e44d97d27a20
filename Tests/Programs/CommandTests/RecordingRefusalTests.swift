import Foundation
import Testing

/// Recordings that no result may rest on: what `shot-noise analyze`, `estimate` and `spectrum` say, and what to do next.
struct RecordingRefusalTests {
    /// What is wrong, how it is made of two good recordings (V = 4,000 and 44,000 LSB²), and what has to be said.
    struct Bad: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var words: [String]
        var kind = "failure"
        var make: @Sendable (Scratch) throws -> Void
    }

    static let bad: [Bad] = [
        Bad(testDescription: "empty", words: ["holds no sample", "Record again"]) {
            try put("on", "vacuum", [], in: $0)
        },
        Bad(testDescription: "a single sample", words: ["too few", "Record longer"]) {
            try put("on", "vacuum", [5], in: $0)
        },
        Bad(testDescription: "half a sample", words: ["no whole number of symbols", "copy it again"]) {
            try Data([1, 0, 2]).write(to: URL(fileURLWithPath: "\($0.path)/on.sigmf-data"))
        },
        Bad(testDescription: "another datatype", words: ["cf32_le", "Convert the data to int16"]) {
            try put("on", "vacuum", noise(44_000), datatype: "cf32_le", in: $0)
        },
        Bad(testDescription: "one quadrature and two", words: ["do not belong together", "core:datatype"]) {
            try put("on", "vacuum", noise(44_000), datatype: "ci16_le", in: $0)
        },
        Bad(testDescription: "swapped", words: ["vacuum", "Exchange the two"]) {
            try put("on", "electronic_noise", noise(4000), in: $0)
            try put("off", "vacuum", noise(44_000), in: $0)
        },
        Bad(testDescription: "swapped, and no file says what it is", words: ["swapped", "Exchange --off and --on"]) {
            try put("on", nil, noise(4000), in: $0)
            try put("off", nil, noise(44_000), in: $0)
        },
        Bad(testDescription: "the same noise twice", words: ["does not stand out", "local oscillator on"]) {
            try put("on", nil, noise(4000, seed: 9), in: $0)
        },
        Bad(testDescription: "clipped, by the limits that the file states", words: ["are clipped", "Lower the gain"]) {
            try put("on", "vacuum", noise(44_000), #", "cvqkd:clip_low": -500, "cvqkd:clip_high": 500"#, in: $0)
        },
        Bad(testDescription: "clipped, and no file says where", words: ["no sample lies beyond 500", "Lower the gain"])
        {
            try put("on", "vacuum", noise(44_000).map { max(-600, min($0, 500)) }, in: $0)
        },
        Bad(testDescription: "different scales", words: ["cvqkd:scale", "Use recordings of one session"]) {
            try put("off", "electronic_noise", noise(4000), #", "cvqkd:scale": 0.001"#, in: $0)
            try put("on", "vacuum", noise(44_000), #", "cvqkd:scale": 0.002"#, in: $0)
        },
        Bad(testDescription: "different filters", words: ["cvqkd:filter", "Use recordings of one session"]) {
            try put("off", "electronic_noise", noise(4000), #", "cvqkd:filter": 1"#, in: $0)
            try put("on", "vacuum", noise(44_000), #", "cvqkd:filter": 2"#, in: $0)
        },
        Bad(testDescription: "constant", words: ["all equal", "Check that the converter is connected"]) {
            try put("on", "vacuum", [Int16](repeating: 7, count: 50_000), in: $0)
        },
        Bad(testDescription: "constant dark samples", words: ["all equal", "Check that the converter is connected"]) {
            try put("off", "electronic_noise", [Int16](repeating: -7, count: 50_000), in: $0)
        },
        Bad(testDescription: "a number that is none", words: ["cvqkd:lo_power", "Correct the field"]) {
            try put("on", "vacuum", noise(44_000), #", "cvqkd:lo_power": "much""#, in: $0)
        },
        Bad(testDescription: "no metadata", words: ["on.sigmf-meta is missing"], kind: "notFound") {
            try FileManager.default.removeItem(atPath: "\($0.path)/on.sigmf-meta")
        },
    ]

    @Test(arguments: bad) func `bad recordings are refused with the fact and the next step`(_ bad: Bad) async throws {
        let folder = try Scratch()
        try Self.put("off", "electronic_noise", Self.noise(4000, seed: 3), in: folder)
        try Self.put("on", "vacuum", Self.noise(44_000), in: folder)
        try bad.make(folder)
        let result = try await Program(name: "cvqkd").run(
            "shot-noise", "analyze", "--off", "\(folder.path)/off", "--on", "\(folder.path)/on", "--json")
        #expect(result.output.isEmpty, "a result was printed")
        #expect(result.status == (bad.kind == "notFound" ? 3 : 1))
        let error = try result.errorObject()
        #expect(error["kind"] as? String == bad.kind)
        let message = try #require(error["message"] as? String)
        for words in bad.words { #expect(message.contains(words), "\(message)") }
    }

    /// What `estimate` alone can find: the two ends.
    @Test(arguments: [
        ("a constant modulation", ["no delay stands out", "same session"]),
        ("a constant signal", ["no delay stands out", "same session"]),
        ("another session", ["no delay stands out", "--delay"]),
        ("a shorter signal", ["Cut them to the same symbols"]),
        ("one quadrature of a heterodyne receiver", ["ri16_le", "wanted is ci16_le"]),
    ])
    func `ends that do not fit are refused with the next step`(_ fault: String, _ words: [String]) async throws {
        let folder = try RecordingCommandTests.link(symbols: 20_000)
        let f = folder.path
        let alice = #", "cvqkd:scale": 0.001"#
        switch fault {
        case "a constant modulation":
            try Self.put(
                "modulation", "modulation", [Int16](repeating: 9, count: 40_000), alice, datatype: "ci16_le", in: folder
            )
        case "a constant signal":
            try Self.put("signal", "signal", [Int16](repeating: 9, count: 40_000), datatype: "ci16_le", in: folder)
        case "another session":
            try Self.put(
                "modulation", "modulation", Self.noise(5e6, seed: 21, count: 40_000), alice, datatype: "ci16_le",
                in: folder)
        case "a shorter signal":
            try #require(truncate("\(f)/signal.sigmf-data", 40_000) == 0)
        default: try Self.put("signal", "signal", Self.noise(50_000, count: 20_000), in: folder)
        }
        let result = try await Program(name: "cvqkd").run(
            "estimate", "--modulation", "\(f)/modulation", "--signal", "\(f)/signal", "--off", "\(f)/off", "--on",
            "\(f)/on", "--detection", "heterodyne", "--efficiency", "0.6", "--json")
        #expect(result.status == 1 && result.output.isEmpty)
        let message = try #require(try result.errorObject()["message"] as? String)
        for words in words { #expect(message.contains(words), "\(message)") }
    }

    /// With the delay given, nothing stops constant words before the fit.
    @Test(arguments: ["modulation", "signal"]) func `constant ends give no estimate even at a known delay`(
        _ name: String
    ) async throws {
        let folder = try RecordingCommandTests.link(symbols: 20_000, delay: 0)
        let f = folder.path
        try Self.put(
            name, name, [Int16](repeating: 9, count: 40_000), name == "modulation" ? #", "cvqkd:scale": 0.001"# : "",
            datatype: "ci16_le", in: folder)
        let result = try await Program(name: "cvqkd").run(
            "estimate", "--modulation", "\(f)/modulation", "--signal", "\(f)/signal", "--off", "\(f)/off", "--on",
            "\(f)/on", "--detection", "heterodyne", "--efficiency", "0.6", "--delay", "0", "--json")
        #expect(result.status == 1 && result.output.isEmpty, "\(result.output)")
        let message = try #require(try result.errorObject()["message"] as? String)
        #expect(message.contains(". "), "no next step: \(message)")
    }

    @Test func `a recording shorter than a segment has no spectrum`() async throws {
        let folder = try Scratch()
        try Self.put("on", "vacuum", Self.noise(44_000, count: 100), in: folder)
        let result = try await Program(name: "cvqkd").run("spectrum", "\(folder.path)/on", "--segment", "256")
        #expect(result.status == 1 && result.errors.contains("Give a shorter --segment"), "\(result.errors)")
    }

    @Test func `1e9 samples are analysed in bounded memory`() async throws {
        let folder = try Scratch()
        try Self.put("off", "electronic_noise", Self.noise(4000), in: folder)
        try Self.put("on", "vacuum", Self.noise(44_000, count: 200_000), in: folder)
        // Noise, then a hole to 2 GB: the file system stores nothing, the program cannot know.
        try #require(truncate("\(folder.path)/off.sigmf-data", 2_000_000_000) == 0)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["python3", "-c", Self.peak, try Program(name: "cvqkd").path, "shot-noise", "analyze", "--json"]
            + ["--off", "\(folder.path)/off", "--on", "\(folder.path)/on"]
        process.environment = Program.environment(in: folder.path)
        process.standardOutput = try folder.file("out")
        process.standardError = try folder.file("err")
        try process.run()
        process.waitUntilExit()
        let errors = folder.text("err")
        let result = Program.Result(status: process.terminationStatus, output: folder.text("out"), errors: errors)
        try #require(result.status == 0, "\(errors)")
        let most = try #require(errors.split(separator: "\n").last.flatMap { Int($0) }, "\(errors)")
        let dark = try #require(try result.object()["electronicVariance"] as? [String: Any])
        #expect(dark["samples"] as? Int == 1_000_000_000)
        // The program without anything to read takes 25 MB, the file has 2 GB.
        #expect(most > 1000 && most < 64_000, "\(most) kB")
    }

    /// Runs a program and says at the end, in kB, the most memory that it held at once, as the kernel has counted it.
    private static let peak = """
        import resource, subprocess, sys
        status = subprocess.run(sys.argv[1:]).returncode
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
        sys.exit(status)
        """

    private static func noise(_ variance: Double, seed: UInt64 = 5, count: Int = 50_000) -> [Int16] {
        var random = RecordingCommandTests.Normal(state: seed)
        return (0..<count).map { _ in Int16((variance.squareRoot() * random.next()).rounded()) }
    }

    private static func put(
        _ name: String, _ kind: String?, _ samples: [Int16], _ extra: String = "", datatype: String = "ri16_le",
        in folder: Scratch
    ) throws {
        let kind = kind.map { #", "cvqkd:kind": "\#($0)""# } ?? ""
        let meta = #"{"global": {"core:datatype": "\#(datatype)", "core:version": "1.0.0"\#(kind)\#(extra)}}"#
        try Data(meta.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name).sigmf-meta"))
        try samples.withUnsafeBytes { Data($0) }.write(
            to: URL(fileURLWithPath: "\(folder.path)/\(name).sigmf-data"))
    }
}
