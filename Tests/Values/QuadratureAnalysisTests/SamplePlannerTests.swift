import QuadratureAnalysis
import Testing

struct SamplePlannerTests {
    private static func planner(
        _ loss: Double, _ detection: Detection = .heterodyne, correlation: Double = 1
    ) throws -> SamplePlanner {
        try SamplePlanner(
            detection: detection, efficiency: 0.6, electronicNoise: ShotNoiseUnits(0.1),
            transmittance: Transmittance(loss: Decibels(loss)), correlation: correlation)
    }

    @Test(arguments: [(5.0, 2.7e8), (10, 2.7e9), (15, 2.7e10), (20, 2.7e11)])
    func `0.001 SNU at one sigma takes the vacuum samples of the reference`(loss: Double, expected: Double) throws {
        let planner = try Self.planner(loss)
        let samples = try planner.vacuumSamples(for: ExcessNoise(0.001))
        #expect(abs(Double(samples) / expected - 1) < 0.01)
        // With as many data as vacuum, twice that of each.
        let plan = try planner.quickest(sigma: ExcessNoise(0.001))
        #expect(abs(Double(plan.vacuumSamples) / (2 * expected) - 1) < 0.01)
        #expect(plan.signalSamples == plan.vacuumSamples)
        // One symbol gives two samples, and half of them are vacuum: as many symbols as vacuum samples.
        #expect(abs(plan.symbols - plan.vacuumSamples) <= 1)
        #expect(abs(plan.duration(symbolRate: 1e6) - Double(plan.symbols) / 1e6) < 1e-9)
    }

    @Test(arguments: [(5.0, 1.3e7), (10, 2.8e8)])
    func `an evidence window holds the vacuum samples of the reference`(loss: Double, expected: Double) throws {
        let null = try NullKeyNoise(
            modulationVariance: ShotNoiseUnits(5), transmittance: Transmittance(loss: Decibels(loss)),
            receiver: try KeyRateTests.receiver(.heterodyne), reconciliation: try ReconciliationEfficiency(0.95))
        let samples = try Self.planner(loss).evidenceWindow(nullKeyNoise: try #require(null.value))
        #expect(abs(Double(samples) / expected - 1) < 0.05, "\(samples)")
    }

    @Test(arguments: Detection.allCases, [0.001, 0.1, 0.3, 0.49])
    func `a plan gives the uncertainty that was wanted`(detection: Detection, vacuum: Double) throws {
        let planner = try Self.planner(7, detection)
        for wanted in [1e-4, 1e-3, 1e-2] {
            let plan = try planner.plan(sigma: ExcessNoise(wanted), vacuumFraction: vacuum, signalFraction: 0.5)
            #expect(plan.sigma.value <= wanted)
            #expect(plan.sigma.value > wanted * 0.99)
            // No split of the same slots does better than the even one.
            let best = try planner.quickest(sigma: ExcessNoise(wanted), overhead: 0.5 - vacuum)
            #expect(best.symbols <= plan.symbols)
        }
    }

    @Test func `correlated samples count less`() throws {
        let alone = try Self.planner(10).vacuumSamples(for: ExcessNoise(0.002))
        let correlated = try Self.planner(10, correlation: 1.5).vacuumSamples(for: ExcessNoise(0.002))
        #expect(abs(Double(correlated) / Double(alone) - 1.5) < 1e-6)
    }

    @Test func `what cannot be planned is said`() throws {
        let planner = try Self.planner(10)
        #expect(throws: PlanningFailure.shares(vacuum: 0, signal: 1)) {
            try planner.plan(sigma: ExcessNoise(0.001), vacuumFraction: 0, signalFraction: 1)
        }
        #expect(throws: PlanningFailure.shares(vacuum: 0.6, signal: 0.6)) {
            try planner.plan(sigma: ExcessNoise(0.001), vacuumFraction: 0.6, signalFraction: 0.6)
        }
        for wanted in [0, -1, Double.infinity] {
            #expect(throws: PlanningFailure.wantedUncertainty(ExcessNoise(wanted))) {
                try planner.vacuumSamples(for: ExcessNoise(wanted))
            }
        }
        #expect(throws: PlanningFailure.self) { try planner.vacuumSamples(for: ExcessNoise(.nan)) }
        #expect(throws: PlanningFailure.self) { try planner.vacuumSamples(for: ExcessNoise(1e-12)) }
        #expect(throws: PlanningFailure.parameter(.outOfRange(.transmittance, value: 1.5))) {
            try SamplePlanner(
                detection: .homodyne, efficiency: 0.6, electronicNoise: ShotNoiseUnits(0.1),
                transmittance: Transmittance(1.5))
        }
        #expect(throws: PlanningFailure.correlation(0.5)) { try Self.planner(10, correlation: 0.5) }
    }
}
