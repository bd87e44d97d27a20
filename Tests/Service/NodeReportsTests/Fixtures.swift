import NodeReports
import QuadratureAnalysis
import RecordedLinks
import SignalAnalysis

/// Results that documents are made of.
enum Fixtures {
    /// V_A = 5, T = 0.9, ξ = 0.1 SNU, v_el = 0.1 SNU. σ(ξ̂) = 0.013 SNU, so that every figure can be had; of a short
    /// recording at 5 dB most are null, with the reason.
    static let folder = Result { try RecordedLink.heterodyne(transmittance: 0.9, excessNoise: 0.1) }

    static func estimate(_ trust: ReceiverModel.Trust) throws -> EstimateResult {
        let folder = try folder.get()
        return try EstimateResult(
            LinkRecordings(
                modulation: folder.base("modulation"), signal: folder.base("signal"), off: folder.base("off"),
                on: folder.base("on")),
            EstimateAssumptions(detection: .heterodyne, efficiency: 0.6, trust: trust), verify: false)
    }

    static func receiver(_ method: ShotNoiseMethod) throws -> ReceiverPair {
        let folder = try folder.get()
        return try ReceiverPair.read(off: folder.base("off"), on: folder.base("on"), method: method, verify: false)
    }

    static func spectrum(both: Bool) throws -> SpectrumResult {
        let folder = try folder.get()
        return both
            ? try SpectrumResult(off: folder.base("off"), on: folder.base("on"), length: 256, verify: false)
            : try SpectrumResult(recording: folder.base("on"), length: 64, verify: false)
    }

    struct Plan: Sendable {
        var scenario: KeyRateScenario
        var result: KeyRateResult
    }

    static func heterodyne(
        trust: ReceiverModel.Trust = .trusted, block: KeyRateScenario.Block? = nil, symbolRate: Double? = nil
    ) throws -> KeyRateScenario {
        try KeyRateScenario(
            detection: .heterodyne, trust: trust, modulationVariance: 5, excessNoise: 0.01, efficiency: 0.6,
            electronicNoise: 0.1, block: block, symbolRate: symbolRate)
    }

    /// Asymptotic; with a block and a symbol rate; with a block that is too short; without key.
    static let plans: [Result<Plan, any Error>] = [
        plan(0.316) { try heterodyne() },
        plan(0.316) { try heterodyne(block: .init(size: 100_000_000), symbolRate: 1e8) },
        plan(1e-6) { try heterodyne(block: .init(size: 10_000)) },
        plan(0.1) { try heterodyne(trust: .untrusted) },
        plan(0.316) { try heterodyne(block: .init(size: 1_000_000)) },
    ]

    private static func plan(
        _ transmittance: Double, _ scenario: () throws -> KeyRateScenario
    ) -> Result<Plan, any Error> {
        Result {
            let scenario = try scenario()
            return Plan(scenario: scenario, result: try scenario.result(Transmittance(transmittance)))
        }
    }

    static func sweep(to end: Double, step: Double) throws -> SweepDocument {
        let sweep = DistanceSweep(
            scenario: try heterodyne(block: .init(size: 1_000_000_000)),
            range: try DistanceRange(from: 0, to: end, step: step))
        return SweepDocument(
            sweep, try sweep.points(), asymptotic: try sweep.asymptoticReach(), finite: try sweep.finiteReach())
    }
}
