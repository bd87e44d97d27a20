import Foundation
import Testing

/// `shot-noise analyze`, `estimate`, `spectrum` and `record`, as people call them.
struct RecordingCommandTests {
    /// Recordings of a link, from a small generator of its own (seeded), as another maker's program would write them.
    static func link(
        symbols: Int = 200_000, delay: Int = 5, transmittance: Double = 0.316, excessNoise: Double = 0.01
    ) throws -> Scratch {
        let folder = try Scratch()
        var random = Normal(state: 1)
        let scale = 0.001
        func put(_ name: String, _ kind: String, _ samples: [Int16], _ extra: String = "") throws {
            let meta =
                #"{"global": {"core:datatype": "ci16_le", "core:version": "1.0.0", "cvqkd:kind": "\#(kind)"\#(extra)}}"#
            try Data(meta.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name).sigmf-meta"))
            try samples.withUnsafeBytes { Data($0) }.write(
                to: URL(fileURLWithPath: "\(folder.path)/\(name).sigmf-data"))
        }
        func noise(_ variance: Double) -> [Int16] {
            (0..<(2 * symbols)).map { _ in Int16((variance.squareRoot() * random.next() + 4).rounded()) }
        }
        // N0 = 40,000 LSB², v_el = 0.1, η = 0.6, V_A = 5, heterodyne.
        let channel = 0.5 * 0.6 * transmittance
        let alice = (0..<(2 * symbols)).map { _ in Int16((5.0.squareRoot() / scale * random.next()).rounded()) }
        let gain = (channel * 40_000).squareRoot() * scale
        let bob = noise(40_000 * (1.1 + channel * excessNoise)).enumerated().map { index, sample in
            let source = index - 2 * delay
            return source < 0 ? sample : Int16((Double(sample) + gain * Double(alice[source])).rounded())
        }
        try put("modulation", "modulation", alice, #", "cvqkd:scale": 0.001"#)
        try put("signal", "signal", bob)
        try put("off", "electronic_noise", noise(4000))
        try put("on", "vacuum", noise(44_000))
        return folder
    }

    struct Normal {
        var state: UInt64
        mutating func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 12) + 0.5) / Double(1 << 52)
        }
        mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
    }

    static func value(_ object: [String: Any], _ name: String) throws -> (value: Double, sigma: Double) {
        let part = try #require(object[name] as? [String: Any])
        return (try #require(part["value"] as? Double), try #require(part["sigma"] as? Double))
    }

    @Test func `an estimate finds delay, channel and noise; five standard deviations are allowed`() async throws {
        let folder = try Self.link()
        let f = folder.path
        let result = try await Program(name: "cvqkd").run(
            "estimate", "--modulation", "\(f)/modulation", "--signal", "\(f)/signal.sigmf-data", "--off",
            "\(f)/off.sigmf-meta", "--on", "\(f)/on", "--detection", "heterodyne", "--efficiency", "0.6", "--json")
        try #require(result.status == 0, "\(result.errors)")
        let found = try result.object()
        #expect(found["delay"] as? Int == 5)
        for (name, truth) in [
            ("transmittance", 0.316), ("excessNoise", 0.01), ("electronicNoise", 0.1), ("modulationVariance", 5),
        ] {
            let estimate = try Self.value(found, name)
            #expect(abs(estimate.value - truth) < 5 * estimate.sigma, "\(name): \(estimate)")
        }
        #expect((found["excessNoise"] as? [String: Any])?["plane"] as? String == "input")
        #expect((found["keyRate"] as? [String: Any])?.keys.contains("finite") == true)
    }

    @Test func `shot noise is analysed, and exchanged files are named`() async throws {
        let folder = try Self.link(symbols: 50_000)
        let (off, on) = ("\(folder.path)/off", "\(folder.path)/on")
        let program = Program(name: "cvqkd")
        let result = try await program.run("shot-noise", "analyze", "--off", off, "--on", on, "--json")
        let found = try result.object()
        for (name, truth) in [
            ("electronicVariance", 4000), ("vacuumVariance", 44_000), ("shotNoiseVariance", 40_000),
            ("electronicNoise", 0.1), ("clearanceDecibels", 10 * log10(11.0)),
        ] {
            let estimate = try Self.value(found, name)
            #expect(abs(estimate.value - truth) < 5 * estimate.sigma, "\(name): \(estimate)")
        }
        let exchanged = try await program.run("shot-noise", "analyze", "--off", on, "--on", off)
        #expect(exchanged.status == 1 && exchanged.errors.contains("Exchange the two"))
        let missing = try await program.run("shot-noise", "analyze", "--off", off, "--on", "\(folder.path)/x")
        #expect(missing.status == 3 && missing.errors.contains("no such recording"))
        let spectrum = try await program.run("spectrum", "--off", off, "--on", on, "--segment", "256", "--json")
        #expect((try spectrum.object()["frequencies"] as? [Double])?.count == 129)
    }

    @Test func `a unit's noise is recorded, and analysed from the files`() async throws {
        let rig = try await Rig()
        let (off, on) = ("\(rig.folder.path)/dark", "\(rig.folder.path)/vacuum")
        for (kind, file) in [("electronic_noise", off), ("vacuum", on)] {
            let result = try await rig.cvqkd.run(
                "record", rig.bob, "--kind", kind, "--samples", "100000", "--output", file, "--json")
            try #require(result.status == 0, "\(result.errors)")
            #expect(try result.object()["emulated"] as? Bool == true)
        }
        let state = try await rig.state(rig.bob)
        #expect(state?.lowercased() == "dark")
        let again = try await rig.cvqkd.run("record", rig.bob, "--kind", "vacuum", "--output", on)
        #expect(again.status == 1 && again.errors.contains("--force"))
        let result = try await rig.cvqkd.run("shot-noise", "analyze", "--off", off, "--on", on, "--verify", "--json")
        try #require(result.status == 0, "\(result.errors)")
        let clearance = try Self.value(try result.object(), "clearanceDecibels")
        #expect(clearance.value > 3 && clearance.sigma < 0.5)
    }
}
