import Foundation
import Testing

/// The JSON that scripts are promised: every key by its literal name, in its shape, with its unit and plane.
@Suite struct JSONKeyTests {
    /// What stands behind a key.
    enum Shape: Equatable {
        /// `{value, sigma, samples, unit}`.
        case estimate(String)
        /// `{value, sigma, worstCase, samples, unit}`, with `plane` where there is one.
        case bounded(String, plane: String? = nil)
        case number
        case null
    }

    /// Recordings by a program that is not ours: V_A = 5, T = 0.9, ξ = 0.1 SNU, v_el = 0.1 SNU. σ(ξ̂) = 0.013 SNU, so that
    /// every figure can be had; of a short recording at 5 dB most are null, with the reason.
    private static let link = Result { try RecordingCommandTests.link(transmittance: 0.9, excessNoise: 0.1) }

    private func check(_ document: [String: Any], _ key: String, _ shape: Shape) throws {
        let found = try #require(document[key], "\(key) is missing")
        switch shape {
        case .number: #expect((found as? Double)?.isFinite == true, "\(key): \(found)")
        case .null: #expect(found is NSNull, "\(key): \(found)")
        case .estimate(let unit): try check(found, key, ["value", "sigma", "samples"], unit)
        case .bounded(let unit, let plane):
            try check(found, key, ["value", "sigma", "worstCase", "samples"], unit)
            #expect((found as? [String: Any])?["plane"] as? String == plane, "\(key)")
        }
    }

    private func check(_ found: Any, _ key: String, _ numbers: [String], _ unit: String) throws {
        let object = try #require(found as? [String: Any], "\(key) is no object: \(found)")
        for name in numbers { #expect((object[name] as? Double)?.isFinite == true, "\(key).\(name): \(object)") }
        #expect(object["unit"] as? String == unit, "\(key): \(object)")
    }

    private func run(_ line: String) async throws -> [String: Any] {
        let words = line.split(separator: " ").map(String.init)
        let result = try await Program(name: "cvqkd").run(words + ["--json"])
        try #require(result.status == 0, "\(line): \(result.errors)")
        return try result.object()
    }

    @Test(arguments: [(nil, "two-time", 40_000.0), ("two-time", "two-time", 40_000), ("one-time", "one-time", 44_000)])
    func `shot-noise analyze`(option: String?, method: String, shotNoise: Double) async throws {
        let folder = try Self.link.get().path
        let document = try await run(
            "shot-noise analyze --off \(folder)/off --on \(folder)/on" + (option.map { " --method \($0)" } ?? ""))
        #expect(document["method"] as? String == method)
        for (key, shape) in [
            ("electronicVariance", Shape.estimate("LSB^2")), ("vacuumVariance", .estimate("LSB^2")),
            ("shotNoiseVariance", .estimate("LSB^2")), ("electronicNoise", .estimate("SNU")),
            ("clearanceDecibels", .estimate("dB")),
        ] {
            try check(document, key, shape)
        }
        // Five σ of √(2/n): once in 1.7 million.
        let found = try RecordingCommandTests.value(document, "shotNoiseVariance")
        #expect(abs(found.value - shotNoise) < 5 * found.sigma, "\(found)")
    }

    @Test(arguments: [
        ("", 1e-10, 0.95, "trusted"),
        (" --epsilon 1e-6 --reconciliation 0.9 --receiver untrusted", 1e-6, 0.9, "untrusted"),
    ])
    func estimate(options: String, epsilon: Double, reconciliation: Double, receiver: String) async throws {
        let f = try Self.link.get().path
        let document = try await run(
            "estimate --modulation \(f)/modulation --signal \(f)/signal --off \(f)/off --on \(f)/on "
                + "--detection heterodyne --efficiency 0.6" + options)
        for (key, shape) in [
            ("transmittance", Shape.bounded("1")), ("excessNoise", .bounded("SNU", plane: "input")),
            ("electronicNoise", .bounded("SNU")), ("modulationVariance", .bounded("SNU")),
            ("signalToNoise", .bounded("1")),
        ] {
            try check(document, key, shape)
        }
        let rates = try #require(document["keyRate"] as? [String: Any])
        for key in ["asymptotic", "finite"] { try check(rates, key, .number) }
        #expect((rates["label"] as? String)?.contains("\(receiver) receiver; not a security claim") == true)
        // A receiver that Eve may have gives no key even without excess noise here: null, and the reason beside it.
        for key in ["nullKeyExcessNoise", "margin"] {
            try check(document, key, receiver == "trusted" ? .number : .null)
        }
        let reasons = try #require(document["reasons"] as? [String: String])
        #expect((reasons["nullKeyExcessNoise"] == nil) == (receiver == "trusted"), "\(reasons)")
        #expect(document["epsilon"] as? Double == epsilon)
        #expect(document["reconciliation"] as? Double == reconciliation)
        #expect(document["receiver"] as? String == receiver)
    }

    /// A command line of `key-rate` and what it has to print.
    struct Planned: Sendable, CustomTestStringConvertible {
        var line: String
        var values: [String: Double]
        /// Planes of the noise that was given.
        var noise: [String: Double]
        var testDescription: String { line }
    }

    /// The values are those of `Tests/ReferenceValues/key_rate_command.py`, a program of its own; the first, the second
    /// and the fourth are also printed in the literature (Lodewyck 2007) and in Leverrier's example.
    static let planned = [
        Planned(
            line: "--detection homodyne --receiver trusted --modulation-variance 18.5 --transmittance 0.302 "
                + "--excess-noise 0.005 --efficiency 0.606 --electronic-noise 0.041 --reconciliation 0.898",
            values: [
                "mutualInformation": 1.043649649, "holevoBound": 0.902043295, "asymptoticKeyRate": 0.035154090,
            ], noise: ["input": 0.005]),
        Planned(
            line: "--detection heterodyne --modulation-variance 5 --transmittance 0.316 --excess-noise 0.01 "
                + "--efficiency 0.6 --electronic-noise 0.1",
            values: [
                "mutualInformation": 0.516557867, "holevoBound": 0.402870852, "asymptoticKeyRate": 0.087859122,
            ], noise: ["input": 0.01]),
        Planned(
            line: "--detection homodyne --receiver untrusted --modulation-variance 4 --loss 2 --excess-noise 0.005 "
                + "--plane input --efficiency 0.8 --electronic-noise 0.01 --reconciliation 0.98",
            values: [
                "mutualInformation": 0.791058761, "holevoBound": 0.515255270, "asymptoticKeyRate": 0.259982315,
            ], noise: ["input": 0.005]),
        Planned(
            line: "--detection heterodyne --modulation-variance 5 --transmittance 0.316 --excess-noise 0.01 "
                + "--efficiency 0.6 --electronic-noise 0.1 --block-size 1e8",
            values: [
                "asymptoticKeyRate": 0.087859122, "transmittanceWorstCase": 0.315119715,
                "excessNoiseWorstCase": 0.025090521, "finiteSizeCorrection": 0.005792261, "finiteKeyRate": 0.035086346,
            ], noise: ["input": 0.01]),
        Planned(
            line: "--detection heterodyne --modulation-variance 5 --transmittance 0.25 --excess-noise 0.004 "
                + "--plane output --efficiency 0.6 --electronic-noise 0.1 --block-size 2e9 --estimation-fraction 0.25 "
                + "--epsilon 1e-9 --frame-error-rate 0.1",
            values: [
                "mutualInformation": 0.422811680, "holevoBound": 0.342145669, "asymptoticKeyRate": 0.059525428,
                "transmittanceWorstCase": 0.249765955, "excessNoiseWorstCase": 0.021693589,
                "finiteSizeCorrection": 0.001004686, "finiteKeyRate": 0.037201495,
            ], noise: ["output": 0.004, "input": 0.016]),
        Planned(
            line: "--detection homodyne --modulation-variance 3 --loss 4 --excess-noise 0.002 --plane detector "
                + "--efficiency 0.7 --electronic-noise 0.05 --reconciliation 0.9",
            values: [
                "mutualInformation": 0.421871604, "holevoBound": 0.267989565, "asymptoticKeyRate": 0.111694878,
            ], noise: ["detector": 0.002]),
    ]

    @Test(arguments: planned) func `key-rate`(_ planned: Planned) async throws {
        let document = try await run("key-rate " + planned.line)
        let block = ["finiteKeyRate", "transmittanceWorstCase", "excessNoiseWorstCase", "finiteSizeCorrection"]
        for key in ["mutualInformation", "holevoBound", "asymptoticKeyRate"] { try check(document, key, .number) }
        for key in block { try check(document, key, planned.line.contains("--block-size") ? .number : .null) }
        let null = try #require(document["nullKeyExcessNoise"], "nullKeyExcessNoise is missing")
        #expect((null as? Double ?? 0) > 0, "nullKeyExcessNoise: \(null)")
        for (key, value) in planned.values {
            #expect(abs(try #require(document[key] as? Double) - value) < 2e-8, "\(key): \(document[key] ?? "–")")
        }
        let noise = try #require(document["excessNoise"] as? [String: Any])
        #expect(Set(noise.keys) == ["input", "output", "detector"])
        for (plane, value) in planned.noise {
            #expect(abs(try #require(noise[plane] as? Double) - value) < 1e-12, "\(plane): \(noise)")
        }
        #expect((document["label"] as? String)?.contains("not a security claim") == true)
    }

    @Test func `what the brackets leave out has its stated default`() async throws {
        let line =
            "key-rate --detection heterodyne --modulation-variance 5 --loss 5 --excess-noise 0.01 --efficiency 0.6 "
            + "--electronic-noise 0.1"
        let short = try await run(line + " --block-size 1e8")
        let long = try await run(
            line + " --block-size 1e8 --receiver trusted --plane input --reconciliation 0.95 --estimation-fraction 0.5 "
                + "--epsilon 1e-10 --frame-error-rate 0")
        #expect(NSDictionary(dictionary: short).isEqual(to: long))
        let block = try #require(short["block"] as? [String: Any])
        #expect(block["estimationSymbols"] as? Int == 50_000_000 && block["keySymbols"] as? Int == 50_000_000)
        #expect(block["epsilon"] as? Double == 1e-10 && block["frameErrorRate"] as? Double == 0)
        #expect(short["reconciliation"] as? Double == 0.95 && short["receiver"] as? String == "trusted")
    }
}
