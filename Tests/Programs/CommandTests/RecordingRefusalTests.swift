import Foundation
import QuadratureAnalysis
import RecordedLinks
import SignalAnalysis
import SignalRecordings
import Testing

@testable import cvqkd

/// Recordings that no result may rest on: what the commands make of the library's failures (`SignalAnalysisTests` have
/// all of them), and how much memory a long recording takes.
struct RecordingRefusalTests {
    /// Where what to try is an option of the command, its sentence names the option.
    @Test(arguments: [
        (
            SignalAnalysisFailure.noDelay(
                modulation: "a", signal: "b", .noPeak(best: 1.5, threshold: 7, symbols: 16_384)), FailureKind.failure,
            "a and b: no delay stands out: 1.5 σ after 16384 symbols, 7.0 σ needed. Are they of the same session and the same symbols? If the delay is known, give --delay"
        ),
        (
            .detectionDiffers(signal: "b", recorded: "homodyne", stated: .heterodyne), .usage,
            "b was recorded with homodyne detection, --detection says heterodyne"
        ),
        (
            .basisWithoutUse(basis: "c"), .usage,
            "--basis c belongs to homodyne detection with x and p of Alice's; here it has no use"
        ),
        (
            .basisLengthDiffers(basis: "c", symbols: 5, signalSymbols: 6), .failure,
            "c has 5 symbols, the signal 6: they are not of one recording. Name the right one with --basis"
        ),
        (
            .noScale(modulation: "a"), .usage,
            "a does not say what its words mean (cvqkd:scale). Give --scale in √SNU per LSB"
        ),
        (
            .noSymbolForKey(blockSize: 100, estimationSymbols: 200), .usage,
            "--block-size 100 leaves no symbol for key: 200 are used for estimation"
        ),
        (
            .noSegment(recording: "d", length: 256), .failure,
            "d has no 256 symbols without a break. Give a shorter --segment, or record longer"
        ),
        (
            .tooFewForSegment(samples: 100, length: 256), .failure,
            "100 samples are no segment of 256. Give a shorter --segment"
        ),
        (
            .noShotNoise(off: "d", on: "e", .darkMissing), .failure,
            "d, e: a two-time evaluation needs dark samples. Give --off, or --method one-time"
        ),
        (
            .noEstimate(
                signal: "b", .impossibleEfficiency(Estimate(Ratio(2), sigma: Ratio(0), samples: 0))), .failure,
            "b: an efficiency of 2 ± 0.0 cannot be. Give --efficiency above 0 and up to 1"
        ),
        (
            .recording(.noChecksum(meta: "d.sigmf-meta")), .failure,
            "d.sigmf-meta has no core:sha512 to verify by. Leave --verify out"
        ),
        (
            .recording(.exists(path: "d")), .failure,
            "d exists. Choose another name, or overwrite it with --force"
        ),
        (
            .recording(.diskFull(path: "d", lostSymbols: 7)), .failure,
            "d: the disk is full. Nothing was kept, 7 symbols are lost. Make room, or choose another --output"
        ),
        (
            .recording(.notFound(base: "d")), .notFound,
            "d: no such recording. Name FILE.sigmf-meta, FILE.sigmf-data, or FILE for both"
        ),
        (
            .clipped(signal: "b", samples: 1, of: 2), .failure,
            "b: 1 of 2 samples are clipped; none are tolerated. Lower the gain or the modulation, and record again"
        ),
    ])
    func `a failure is told in the command's words`(
        _ failure: SignalAnalysisFailure, _ kind: FailureKind, _ words: String
    )
        throws
    {
        let told = try #require(CommandFailure(failure))
        #expect(told.kind == kind)
        #expect(told.message == words)
    }

    @Test func `data that no key may rest on end an estimate with exit code 1 and no result`() async throws {
        let folder = try RecordedLink.heterodyne(symbols: 20_000)
        try folder.resize("signal", bytes: 40_000)
        let result = try await Program(name: "cvqkd").run(
            "estimate", "--modulation", folder.base("modulation"), "--signal", folder.base("signal"), "--off",
            folder.base("off"), "--on", folder.base("on"), "--detection", "heterodyne", "--efficiency", "0.6")
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains("Cut them to the same symbols"), "\(result.errors)")
    }

    @Test func `a name with dots is told as it was given`() async throws {
        let result = try await Program(name: "cvqkd").run(
            "shot-noise", "analyze", "--off", "../nowhere/a..b", "--on", "../nowhere/c")
        #expect(result.status == 3)
        #expect(result.errors.contains("Error: ../nowhere/a..b: no such recording"), "\(result.errors)")
        #expect(result.errors.hasSuffix("FILE for both.\n"), "\(result.errors)")
    }

    @Test(arguments: ["1e16", "1e-16"]) func `a scale that cannot be is refused by the field's name`(
        scale: String
    ) async throws {
        let folder = try RecordedLink.heterodyne(symbols: 20_000)
        let meta = folder.base("modulation") + ".sigmf-meta"
        let text = try String(contentsOfFile: meta, encoding: .utf8)
        let field = try #require(text.firstMatch(of: /"cvqkd:scale" *: *[-+.0-9eE]+/))
        try text.replacing(field.output, with: "\"cvqkd:scale\": \(scale)").write(
            toFile: meta, atomically: true, encoding: .utf8)
        let result = try await Program(name: "cvqkd").run(
            "estimate", "--modulation", folder.base("modulation"), "--signal", folder.base("signal"), "--off",
            folder.base("off"), "--on", folder.base("on"), "--detection", "heterodyne", "--efficiency", "0.6")
        #expect(result.status == 1 && result.errors.contains("cvqkd:scale is"), "\(result.errors)")
    }

    @Test func `1e9 samples are analysed in bounded memory`() async throws {
        let (recordings, folder) = (try RecordingFolder(), try Scratch())
        var random = NormalNumbers(seed: 5)
        try recordings.put("off", "electronic_noise", random.samples(50_000, variance: 4000))
        try recordings.put("on", "vacuum", random.samples(200_000, variance: 44_000))
        // Noise, then a hole to 2 GB: the file system stores nothing, the program cannot know.
        try recordings.resize("off", bytes: 2_000_000_000)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["python3", "-c", Self.peak, try Program(name: "cvqkd").path, "shot-noise", "analyze", "--json"]
            + ["--off", recordings.base("off"), "--on", recordings.base("on")]
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
}
