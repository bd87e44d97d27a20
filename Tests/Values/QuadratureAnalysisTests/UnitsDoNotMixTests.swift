import Foundation
import Repository
import Testing

/// Runs the compiler on snippets against the module under test: what mixes units or planes must be refused, and for the
/// stated reason.
struct UnitsDoNotMixTests {
    /// Diagnostics of `swiftc -typecheck`, and whether it accepted the snippet.
    private func typecheck(_ body: String) throws -> (accepted: Bool, diagnostics: String) {
        let products = try URL(filePath: FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent()
        let source = FileManager.default.temporaryDirectory.appending(path: "units-\(UUID().uuidString).swift")
        let prelude = """
            import QuadratureAnalysis
            func snippet(
                raw: RawVariance, normalised: ShotNoiseUnits, atInput: ExcessNoise<Plane.Input>,
                atOutput: ExcessNoise<Plane.Output>, channel: Transmittance, training: TrainingRegression,
                regression: ChannelRegression, estimator: ChannelEstimator
            ) throws {

            """
        try Data((prelude + body + "\n}\n").utf8).write(to: source)
        defer { try? FileManager.default.removeItem(at: source) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swiftc", "-typecheck", "-swift-version", "6", "-I", products.appending(path: "Modules").path,
            // The build has written a module map for C without one.
            "-Xcc", "-fmodule-map-file=" + products.appending(path: "CUnitIO.build/module.modulemap").path,
            "-I", Repository.root.appending(path: "Sources/C/CLibKissFFT").path, source.path,
        ]
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus == 0, String(decoding: data, as: UTF8.self))
    }

    /// Without this one the others would pass for any reason at all.
    @Test func `what converts explicitly compiles`() throws {
        let result = try typecheck(
            """
            _ = raw.normalised(by: RawVariance(10_000)) < normalised
            _ = atInput.atOutput(of: channel) < atOutput
            _ = try estimator.estimate(regression)
            """)
        #expect(result.accepted, "\(result.diagnostics)")
    }

    @Test(arguments: [
        ("_ = raw < normalised", "RawVariance", "ShotNoiseUnits"),
        ("let variance: ShotNoiseUnits = raw; _ = variance", "RawVariance", "ShotNoiseUnits"),
        ("_ = normalised.normalised(by: raw)", "ShotNoiseUnits", "normalised"),
        ("_ = atInput < atOutput", "Plane.Input", "Plane.Output"),
        ("let noise: ExcessNoise<Plane.Input> = atOutput; _ = noise", "Plane.Output", "Plane.Input"),
        ("_ = atOutput.atOutput(of: channel)", "Plane.Output", "Plane.Input"),
        ("_ = try estimator.estimate(training)", "TrainingRegression", "ChannelRegression"),
    ])
    func `what mixes units, planes or kinds of symbols does not compile`(
        snippet: String, first: String, second: String
    ) throws {
        let result = try typecheck(snippet)
        #expect(!result.accepted)
        let error = result.diagnostics.split(separator: "\n").first { $0.contains("error:") }.map(String.init) ?? ""
        #expect(error.contains(first) && error.contains(second), "\(result.diagnostics)")
    }
}
