import Foundation
import RecordedLinks
import Testing

/// `shot-noise analyze`, `estimate`, `spectrum` and `record`, as people call them.
struct RecordingCommandTests {
    static func value(_ object: [String: Any], _ name: String) throws -> (value: Double, sigma: Double) {
        let part = try #require(object[name] as? [String: Any])
        return (try #require(part["value"] as? Double), try #require(part["sigma"] as? Double))
    }

    @Test func `an estimate finds delay, channel and noise; five standard deviations are allowed`() async throws {
        let folder = try RecordedLink.heterodyne()
        let f = folder.path
        let result = try await Program(name: "cvqkd").run(
            "estimate", "--modulation", "\(f)/modulation", "--signal", "\(f)/signal.sigmf-data", "--off",
            "\(f)/off.sigmf-meta", "--on", "\(f)/on", "--detection", "heterodyne", "--efficiency", "0.6")
        try #require(result.status == 0, "\(result.errors)")
        for words in [
            "delay 5", "transmittance T", "excess noise ξ_in", "SNU, worst case", "key rate, finite",
            "symbols for key", "trusted receiver; not a security claim",
        ] {
            #expect(result.output.contains(words), "\(result.output)")
        }
    }

    @Test func `shot noise is analysed, and what cannot be is an error with its kind`() async throws {
        let folder = try RecordedLink.heterodyne(symbols: 50_000)
        let (off, on) = (folder.base("off"), folder.base("on"))
        let program = Program(name: "cvqkd")
        let result = try await program.run("shot-noise", "analyze", "--off", off, "--on", on)
        #expect(result.output.contains("two-time: N0 = V_on − V_off"), "\(result.output)\(result.errors)")
        try folder.put("nameless", nil, folder.read("off"), datatype: "ci16_le")
        try folder.put("silent", nil, folder.read("on"), datatype: "ci16_le")
        let exchanged = try await program.run(
            "shot-noise", "analyze", "--off", folder.base("silent"), "--on", folder.base("nameless"), "--json")
        #expect(exchanged.status == 1 && exchanged.output.isEmpty)
        let error = try exchanged.errorObject()
        #expect(error["kind"] as? String == "failure")
        #expect((error["message"] as? String)?.contains("Exchange --off and --on") == true, "\(error)")
        let missing = try await program.run("shot-noise", "analyze", "--off", off, "--on", folder.base("x"))
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
