import Foundation
import RawKeyMessages
import SwiftProtobuf
import Testing

@testable import RawKey

/// Discarding is post-selection: an attacker who makes half of the windows fail decides by their V_on which half that is.
struct PostSelectionTests {
    private typealias Bench = EvidenceBench

    private static let cells = 4
    private static let samplesPerCell = 1_000_000.0

    /// Sums of Gaussian samples of a variance, with the scatter that so many samples have.
    private static func sums(_ variance: Double, _ random: inout Seeded) -> Cvqkd_Rawkey_V1_PowerSums {
        let n = samplesPerCell
        let found = variance * (1 + (2 / n).squareRoot() * random.normal())
        let mean = (variance / n).squareRoot() * random.normal()
        var fourth = UInt128(3 * n * found * found)
        return .with {
            $0.samples = UInt64(n)
            ($0.first, $0.second) = (Int64((n * mean).rounded()), UInt64((n * found).rounded()))
            $0.third = Data(repeating: 0, count: 16)
            $0.fourth = Data(
                (0..<16).map { _ in
                    defer { fourth >>= 8 }
                    return UInt8(truncatingIfNeeded: fourth)
                })
        }
    }

    /// Evidence of a window whose true V_on is `variance`, and its verdict.
    private func window(_ variance: Double, _ policy: EvidencePolicy, _ random: inout Seeded) throws -> (
        Cvqkd_Rawkey_V1_ReceiverEvidence, EvidenceVerdict
    ) {
        var evidence = Cvqkd_Rawkey_V1_ReceiverEvidence()
        evidence.setReference(
            ReceiverReference(
                x: Bench.reference.x, p: nil, electronicSamples: 1_000_000, localOscillatorPower: Bench.power,
                detectorEfficiency: 0.6, transmittance: 0.3), policy)
        (evidence.localOscillatorLeast, evidence.localOscillatorMost) = (Bench.power, Bench.power)
        evidence.localOscillatorMean = Bench.power
        var (whole, half) = (SampleSums(), SampleSums())
        for index in 0..<Self.cells {
            let own = Self.sums(variance, &random)
            evidence.cells.append(.with { ($0.cell, $0.x, $0.runs) = (UInt64(index), own, 1_000) })
            try whole.add(try SampleSums(own, field: "x"), field: "x")
            if index < Self.cells / 2 { half = whole }
        }
        (evidence.vacuumX, evidence.firstHalfX) = (whole.message, half.message)
        evidence.darkX = SampleSums().message
        let judged = try ReceiverRule.judge(evidence, held: Self.cells, gaps: [], alarms: [], policy: policy)
        return (evidence, EvidenceVerdict(judged))
    }

    /// 2,000 windows, seed 1. The mean of those that pass lies √(2/π) = 0.8 σ of a window too low; over all windows it is
    /// known to 0.022 σ. A correct program fails with a probability below 10^-9 (6 σ each).
    @Test func `V_on and excess noise are unbiased over all windows, and biased over those that passed`() throws {
        var random = Seeded(state: 1)
        var policy = EvidencePolicy(nullKeyNoise: 0.5, plannedVacuumSamples: 4_000_000, cellsPerWindow: 4)
        policy.perPowerTolerance = 1
        let samples = Double(Self.cells) * Self.samplesPerCell
        let relative = (2 / samples).squareRoot()
        // The attacker lifts V_on to the limit itself, so that chance decides.
        let reference = Bench.reference.x.vacuum
        let allowance = hypotenuse(
            policy.boundSigmas * relative, policy.calibrationSigmas * reference.sigma / reference.value)
        let truth = reference.value * (1 + policy.vacuumTolerance + allowance)
        var (all, passed): ([Cvqkd_Rawkey_V1_ReceiverEvidence], [Cvqkd_Rawkey_V1_ReceiverEvidence]) = ([], [])
        let windows = 2_000
        for _ in 0..<windows {
            let (evidence, verdict) = try window(truth, policy, &random)
            all.append(evidence)
            if verdict == .passed { passed.append(evidence) } else { #expect(verdict == .failed(["vacuumVarianceX"])) }
        }
        #expect(abs(passed.count - windows / 2) < 140)

        let sigma = truth * relative
        let overAll = try VacuumEstimate(all).x
        let overPassed = try VacuumEstimate(passed).x
        #expect(abs(overAll.variance - truth) < 6 * sigma / Double(windows).squareRoot())
        let bias = (overPassed.variance - truth) / sigma
        #expect(abs(bias + (2 / Double.pi).squareRoot()) < 6 * 0.6 / Double(passed.count).squareRoot())

        // ξ̂_in = (S² − V_on)/t², with S² of true noise ξ = 0.02 (physics.md §3): an error of V_on goes into it by the leverage.
        let (share, transmittance, electronic) = (1.0 * 0.6, 0.3, Bench.reference.x.electronic.value)
        let gain = share * transmittance * (truth - electronic)
        let residual = truth + gain * 0.02
        let noiseOverAll = (residual - overAll.variance) / gain
        let noiseOverPassed = (residual - overPassed.variance) / gain
        let noiseSigma = sigma / gain
        #expect(abs(noiseOverAll - 0.02) < 6 * noiseSigma / Double(windows).squareRoot())
        #expect(noiseOverPassed - 0.02 > 0.7 * noiseSigma)

        // More windows do not help: the first quarter of them is biased as much.
        let quarter = try VacuumEstimate(Array(passed.prefix(passed.count / 4))).x
        #expect((quarter.variance - truth) / sigma < -0.65)
    }
}
