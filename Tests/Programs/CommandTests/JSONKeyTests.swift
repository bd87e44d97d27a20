import Foundation
import RecordedLinks
import Testing

/// The JSON that scripts are promised, as the programs print it: keys by their literal names, in their shapes, with unit and
/// plane. `NodeReportsTests` have all keys, and the reference values.
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
    private static let link = Result { try RecordedLink.heterodyne(transmittance: 0.9, excessNoise: 0.1) }

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

    @Test func `shot-noise analyze`() async throws {
        let folder = try Self.link.get().path
        let document = try await run("shot-noise analyze --off \(folder)/off --on \(folder)/on --method one-time")
        #expect(document["method"] as? String == "one-time")
        for (key, shape) in [
            ("electronicVariance", Shape.estimate("LSB^2")), ("vacuumVariance", .estimate("LSB^2")),
            ("shotNoiseVariance", .estimate("LSB^2")), ("electronicNoise", .estimate("SNU")),
            ("clearanceDecibels", .estimate("dB")),
        ] {
            try check(document, key, shape)
        }
        // Five σ of √(2/n): once in 1.7 million.
        let found = try RecordingCommandTests.value(document, "shotNoiseVariance")
        #expect(abs(found.value - 44_000) < 5 * found.sigma, "\(found)")
    }

    @Test func estimate() async throws {
        let f = try Self.link.get().path
        let document = try await run(
            "estimate --modulation \(f)/modulation --signal \(f)/signal --off \(f)/off --on \(f)/on "
                + "--detection heterodyne --efficiency 0.6 --epsilon 1e-6 --reconciliation 0.9 --receiver untrusted")
        for (key, shape) in [
            ("transmittance", Shape.bounded("1")), ("excessNoise", .bounded("SNU", plane: "input")),
            ("electronicNoise", .bounded("SNU")), ("modulationVariance", .bounded("SNU")),
            ("signalToNoise", .bounded("1")),
        ] {
            try check(document, key, shape)
        }
        let rates = try #require(document["keyRate"] as? [String: Any])
        for key in ["asymptotic", "finite"] { try check(rates, key, .number) }
        #expect((rates["label"] as? String)?.contains("untrusted receiver; not a security claim") == true)
        // A receiver that Eve may have gives no key even without excess noise here: null, and the reason beside it.
        for key in ["nullKeyExcessNoise", "margin"] { try check(document, key, .null) }
        let reasons = try #require(document["reasons"] as? [String: String])
        #expect(reasons["nullKeyExcessNoise"] != nil, "\(reasons)")
        #expect(document["epsilon"] as? Double == 1e-6)
        #expect(document["reconciliation"] as? Double == 0.9)
        #expect(document["receiver"] as? String == "untrusted")
    }

    /// The values are those of `Tests/ReferenceValues/key_rate_command.py`, a program of its own. Every option is used.
    @Test func `key-rate`() async throws {
        let document = try await run(
            "key-rate --detection heterodyne --modulation-variance 5 --transmittance 0.25 --excess-noise 0.004 "
                + "--plane output --efficiency 0.6 --electronic-noise 0.1 --block-size 2e9 --estimation-fraction 0.25 "
                + "--epsilon 1e-9 --frame-error-rate 0.1 --symbol-rate 1e6")
        for (key, value) in [
            ("mutualInformation", 0.422811680), ("holevoBound", 0.342145669), ("asymptoticKeyRate", 0.059525428),
            ("transmittanceWorstCase", 0.249765955), ("excessNoiseWorstCase", 0.021693589),
            ("finiteSizeCorrection", 0.001004686), ("finiteKeyRate", 0.037201495),
        ] {
            #expect(abs(try #require(document[key] as? Double) - value) < 2e-8, "\(key): \(document[key] ?? "–")")
        }
        for key in ["nullKeyExcessNoise", "margin", "finiteBitsPerSecond"] { try check(document, key, .number) }
        let noise = try #require(document["excessNoise"] as? [String: Any])
        #expect(Set(noise.keys) == ["input", "output", "detector"])
        #expect(abs(try #require(noise["input"] as? Double) - 0.016) < 1e-12)
        #expect((document["label"] as? String)?.contains("not a security claim") == true)
    }
}
