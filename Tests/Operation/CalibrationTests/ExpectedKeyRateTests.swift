import CalibrationRecords
import Testing

@testable import Calibration
@testable import QuadratureAnalysis

/// Homodyne, 15 dB, V_A = 5, η = .6, v_el = .1, β = .95: physics.md §3 has ξ_null = .079 asymptotically and .011 at
/// n = 5e7.
struct ExpectedKeyRateTests {
    private func findings(worst: Double?, sizes: [Int64]) throws -> [RecordedMeasurement] {
        let transmittance = Transmittance(loss: Decibels(15))
        func exact<Quantity: PhysicalQuantity>(_ value: Double) -> Estimate<Quantity> {
            Estimate(Quantity(value), sigma: Quantity(0), samples: 0)
        }
        let receiver = ShotNoise(method: .twoTime, vacuum: exact(11_000), dark: exact(1_000))
        let health = LinkHealth(
            transmittance: exact(transmittance.value), excessNoise: exact(0.002), clearance: exact(10.4),
            electronicNoise: exact(0.1), shotNoise: exact(10_000), vacuumVariance: exact(11_000),
            darkVariance: exact(1_000), residualVariance: exact(11_000), signalToNoise: Ratio(0.086),
            modulationVariance: ShotNoiseUnits(5), phase: 0, imagePower: 0, symbols: 0, receiver: receiver,
            scale: ModulationScale(1), training: TrainingRegression(detection: .homodyne))
        var plan = PairPlan(symbolRate: 1e7)
        plan.blockSizes = sizes
        let model = try ReceiverModel(
            detection: .homodyne, efficiency: 0.6, electronicNoise: ShotNoiseUnits(0.1), trust: .trusted)
        let link = try LinkParameters(
            modulationVariance: ShotNoiseUnits(5), transmittance: transmittance, excessNoise: ExcessNoise(0.002))
        let least = try #require(
            try FiniteSizePlan(
                blockSize: 100_000_000, estimationFraction: 0.5, failureProbability: FailureProbability(1e-10)
            ).worstCase(link, model)?.transmittance)
        return ExpectedKeyRate(
            health: health, worst: worst.map { WorstCase(transmittance: least, excessNoise: ExcessNoise($0)) },
            detection: .homodyne, efficiency: 0.6, plan: plan
        ).findings(PairLimits()).measurements
    }

    @Test func `the margin is against the threshold at the largest block size`() throws {
        let found = try findings(worst: 0.02, sizes: [100_000_000, 10_000_000])
        let asymptotic = try #require(found.first { $0.name == "nullKeyExcessNoise" }?.value)
        let finite = try #require(found.first { $0.name == "nullKeyExcessNoise100000000" }?.value)
        #expect(abs(asymptotic - 0.0788) < 5e-5)
        #expect(abs(finite - 0.011) < 5e-4)
        // Against the asymptotic threshold it would be 0.75, a pass, and there is no key.
        let margin = try #require(found.first { $0.name == "margin" })
        #expect(abs(try #require(margin.value) - (1 - 0.02 / finite)) < 1e-12)
        #expect(margin.outcome == .fail)
        #expect(try #require(found.first { $0.name == "finiteKeyRate10000000" }?.value) <= 0)
    }

    @Test func `larger blocks leave more of the threshold`() throws {
        let found = try findings(worst: 0.002, sizes: [100_000_000, 10_000_000_000])
        #expect(found.first { $0.name == "margin" }?.outcome == .pass)
        #expect(found.contains { $0.name == "nullKeyExcessNoise10000000000" })
    }

    @Test(arguments: [(nil, [1_000_000_000]), (0.002, [1_000_000])] as [(Double?, [Int64])])
    func `without a bound or a key at that size the margin fails`(worst: Double?, sizes: [Int64]) throws {
        let margin = try #require(try findings(worst: worst, sizes: sizes).first { $0.name == "margin" })
        #expect(margin.value == nil)
        #expect(margin.outcome == .fail)
    }
}
