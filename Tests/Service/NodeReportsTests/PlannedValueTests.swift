import Foundation
import NodeReports
import QuadratureAnalysis
import SignalAnalysis
import Testing

/// Planned links against `Tests/ReferenceValues/key_rate_command.py`, a program of its own; the first, the second and the
/// fourth are also printed in the literature (Lodewyck 2007) and in Leverrier's example.
@Suite struct PlannedValueTests {
    struct Planned: Sendable {
        var scenario: @Sendable () throws -> KeyRateScenario
        var channel: Transmittance
        var values: [String: Double]
        /// Planes of the noise that was given.
        var noise: [String: Double]
    }

    /// Whatever a plan can be made of, no rate that a document says exceeds −log2(1−T), and every number of it is one.
    @Test func `a plan at the ends of every range has a document, and no rate above the repeaterless bound`() throws {
        let least = Double.leastNonzeroMagnitude
        let ends = (
            modulation: [least, 1e-9, 5, 1e9], noise: [0, least, 1e-9, 1e9], efficiency: [least, 1e-9, 1],
            transmittance: [least, least * 1e14, 1e-20, 0.5, 1 - 1e-16, 1]
        )
        let kinds = Detection.allCases.flatMap { kind in [ReceiverModel.Trust.trusted, .untrusted].map { (kind, $0) } }
        for modulation in ends.modulation {
            for noise in ends.noise {
                for (index, efficiency) in ends.efficiency.enumerated() {
                    for (kind, block) in kinds.flatMap({ kind in [nil, Int64(9e15)].map { (kind, $0) } }) {
                        let scenario = try KeyRateScenario(
                            detection: kind.0, trust: kind.1, modulationVariance: modulation, excessNoise: noise,
                            efficiency: efficiency, electronicNoise: ends.noise[index], reconciliation: 1,
                            block: block.map { KeyRateScenario.Block(size: $0, failureProbability: 0.9) })
                        for transmittance in ends.transmittance {
                            let result = try scenario.result(Transmittance(transmittance))
                            let document = KeyRateDocument(scenario, result)
                            _ = try ReportJSON.text(document)
                            let most = transmittance < 1 ? -log1p(-transmittance) / log(2) : .infinity
                            let rates = [document.asymptoticKeyRate, document.finiteKeyRateUnclamped ?? -1]
                            #expect(rates.allSatisfy { $0 <= most }, "\(scenario) at \(transmittance): \(rates)")
                        }
                    }
                }
            }
        }
    }

    static let planned = [
        Planned(
            scenario: {
                try KeyRateScenario(
                    detection: .homodyne, modulationVariance: 18.5, excessNoise: 0.005, efficiency: 0.606,
                    electronicNoise: 0.041, reconciliation: 0.898)
            }, channel: Transmittance(0.302),
            values: [
                "mutualInformation": 1.043649649, "holevoBound": 0.902043295, "asymptoticKeyRate": 0.035154090,
            ], noise: ["input": 0.005]),
        Planned(
            scenario: { try Fixtures.heterodyne() }, channel: Transmittance(0.316),
            values: [
                "mutualInformation": 0.516557867, "holevoBound": 0.402870852, "asymptoticKeyRate": 0.087859122,
            ], noise: ["input": 0.01]),
        Planned(
            scenario: {
                try KeyRateScenario(
                    detection: .homodyne, trust: .untrusted, modulationVariance: 4, excessNoise: 0.005, plane: .input,
                    efficiency: 0.8, electronicNoise: 0.01, reconciliation: 0.98)
            }, channel: Transmittance(loss: Decibels(2)),
            values: [
                "mutualInformation": 0.791058761, "holevoBound": 0.515255270, "asymptoticKeyRate": 0.259982315,
            ], noise: ["input": 0.005]),
        Planned(
            scenario: { try Fixtures.heterodyne(block: .init(size: 100_000_000)) }, channel: Transmittance(0.316),
            values: [
                "asymptoticKeyRate": 0.087859122, "transmittanceWorstCase": 0.315119715,
                "excessNoiseWorstCase": 0.025090521, "finiteSizeCorrection": 0.005792261, "finiteKeyRate": 0.035086346,
            ], noise: ["input": 0.01]),
        Planned(
            scenario: {
                try KeyRateScenario(
                    detection: .heterodyne, modulationVariance: 5, excessNoise: 0.004, plane: .output, efficiency: 0.6,
                    electronicNoise: 0.1,
                    block: .init(
                        size: 2_000_000_000, estimationFraction: 0.25, failureProbability: 1e-9, frameErrorRate: 0.1))
            }, channel: Transmittance(0.25),
            values: [
                "mutualInformation": 0.422811680, "holevoBound": 0.342145669, "asymptoticKeyRate": 0.059525428,
                "transmittanceWorstCase": 0.249765955, "excessNoiseWorstCase": 0.021693589,
                "finiteSizeCorrection": 0.001004686, "finiteKeyRate": 0.037201495,
            ], noise: ["output": 0.004, "input": 0.016]),
        Planned(
            scenario: {
                try KeyRateScenario(
                    detection: .homodyne, modulationVariance: 3, excessNoise: 0.002, plane: .detector, efficiency: 0.7,
                    electronicNoise: 0.05, reconciliation: 0.9)
            }, channel: Transmittance(loss: Decibels(4)),
            values: [
                "mutualInformation": 0.421871604, "holevoBound": 0.267989565, "asymptoticKeyRate": 0.111694878,
            ], noise: ["detector": 0.002]),
    ]

    @Test(arguments: planned.indices) func `a planned link has the reference's figures`(_ index: Int) throws {
        let planned = Self.planned[index]
        let scenario = try planned.scenario()
        let document = KeyRateDocument(scenario, try scenario.result(planned.channel))
        let found: [String: Double?] = [
            "mutualInformation": document.mutualInformation, "holevoBound": document.holevoBound,
            "asymptoticKeyRate": document.asymptoticKeyRate, "transmittanceWorstCase": document.transmittanceWorstCase,
            "excessNoiseWorstCase": document.excessNoiseWorstCase,
            "finiteSizeCorrection": document.finiteSizeCorrection, "finiteKeyRate": document.finiteKeyRate,
            "input": document.excessNoise.input, "output": document.excessNoise.output,
            "detector": document.excessNoise.detector,
        ]
        for (key, value) in planned.values {
            #expect(abs(try #require(found[key] ?? nil) - value) < 2e-8, "\(key): \(found[key] ?? nil ?? .nan)")
        }
        for (plane, value) in planned.noise {
            #expect(abs(try #require(found[plane] ?? nil) - value) < 1e-12, "\(plane)")
        }
        #expect((document.finiteKeyRate == nil) == (scenario.plan == nil))
        #expect((document.nullKeyExcessNoise ?? 0) > 0)
        #expect(document.label.contains("not a security claim"))
    }

    @Test func `key per second is 0 where there is none, and the formula's rate stays`() throws {
        let scenario = try Fixtures.heterodyne(block: .init(size: 1_000_000), symbolRate: 1e8)
        let small = KeyRateDocument(scenario, try scenario.result(Transmittance(0.316)))
        #expect(small.finiteKeyRate == 0 && small.finiteBitsPerSecond == 0)
        #expect(abs(try #require(small.finiteKeyRateUnclamped) + 0.0257157) < 5e-8)
        let plan = try Fixtures.plans[1].get()
        let great = KeyRateDocument(plan.scenario, plan.result)
        #expect(abs(try #require(great.finiteBitsPerSecond) - 3.5086e6) < 50)
    }
}
