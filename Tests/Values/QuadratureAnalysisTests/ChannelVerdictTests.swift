import QuadratureAnalysis
import Testing

/// What is said of an estimate by its ξ̂ and its bounds.
struct ChannelVerdictTests {
    /// A channel of T = 0.3, η = 0.6, v_el = 0.1 and N0 = 9,000 LSB², from 40,000 symbols.
    private static func estimate(
        excess: Double = 0.02, symbols: Int = 40_000, probability: Double = 1e-10,
        efficiency: Estimate<Ratio> = Estimate(Ratio(0.6), sigma: Ratio(0.01), samples: 0)
    ) throws -> ChannelEstimate {
        var random = RandomSamples(seed: 31)
        let gain = (0.5 * 0.6 * 0.3 * 9000).squareRoot() * 0.001
        let received = 9000 * (1.1 + 0.5 * 0.6 * 0.3 * excess)
        let block = SyntheticBlock(
            &random, symbols: symbols, homodyne: false, gain: (gain, 0), noise: received.squareRoot())
        var sums = ChannelRegression(detection: .heterodyne)
        sums.add(alice: block.alice.span, bob: block.bob.span)
        var (vacuum, dark) = (QuadratureMoments(), QuadratureMoments())
        vacuum.add(random.samples(200_000, deviation: (9000 * 1.1).squareRoot()).span)
        dark.add(random.samples(200_000, deviation: 30).span)
        return try ChannelEstimator(
            shotNoise: ShotNoise(vacuum: ReceiverMoments(vacuum), dark: ReceiverMoments(dark)),
            efficiency: efficiency,
            scale: Estimate(ModulationScale(0.001), sigma: ModulationScale(0.000_005), samples: 0),
            failureProbability: FailureProbability(probability)
        ).estimate(sums)
    }

    @Test func `usual data are plausible and have bounds`() throws {
        let found = try Self.estimate(excess: 1)
        #expect(found.verdict(threshold: 5) == .plausible)
        let worst = try #require(found.worstCase)
        #expect(worst.transmittance < found.transmittance.estimate.value)
        #expect(worst.excessNoise > found.excessNoise.estimate.value)
    }

    @Test(arguments: [true, false])
    func `a missing bound is never fine, however usual the estimate looks`(ofTransmittance: Bool) throws {
        var found = try Self.estimate(excess: 1)
        if ofTransmittance { found.transmittance.worstCase = nil } else { found.excessNoise.worstCase = nil }
        #expect(found.worstCase == nil)
        #expect(found.verdict(threshold: 5) == .unbounded)
        #expect(!found.verdict(threshold: 5).isUsable)
    }

    @Test func `data too few for a bound at so small a probability have none`() throws {
        let found = try Self.estimate(symbols: 400, probability: 1e-200)
        #expect(found.worstCase == nil && !found.verdict(threshold: 5).isUsable)
    }

    @Test func `below zero by statistics, by more, and with its bound are three things`() throws {
        var found = try Self.estimate(excess: 1)
        let sigma = found.excessNoise.estimate.sigma.value
        found.excessNoise.estimate.value = ExcessNoise(-2 * sigma)
        guard case .negativeByStatistics(let few) = found.verdict(threshold: 5) else {
            Issue.record("another verdict"); return
        }
        #expect(abs(few + 2) < 1e-9 && found.verdict(threshold: 5).isUsable)
        found.excessNoise.estimate.value = ExcessNoise(-6 * sigma)
        guard case .vacuumOverestimated = found.verdict(threshold: 5) else { Issue.record("another verdict"); return }
        #expect(!found.verdict(threshold: 5).isUsable)
        found.excessNoise.worstCase = ExcessNoise(-1e-9)
        #expect(found.verdict(threshold: 5) == .refused(worstCase: ExcessNoise(-1e-9)))
    }

    @Test(arguments: [Double.nan, .infinity])
    func `what is not a number is refused`(value: Double) throws {
        var found = try Self.estimate(excess: 1)
        found.excessNoise.worstCase = ExcessNoise(value)
        guard case .refused = found.verdict(threshold: 5) else { Issue.record("another verdict"); return }
        found = try Self.estimate(excess: 1)
        found.excessNoise.estimate.value = ExcessNoise(value)
        guard case .refused = found.verdict(threshold: 5) else { Issue.record("another verdict"); return }
    }

    /// Nothing detects more than all of the light: T_min of η = 0.95 ± 0.05 is that of η = 1, and no lower.
    @Test func `the greatest efficiency is one`() throws {
        let wide = try Self.estimate(excess: 1, efficiency: Estimate(Ratio(0.95), sigma: Ratio(0.05), samples: 0))
        let exact = try Self.estimate(excess: 1, efficiency: Estimate(Ratio(1), sigma: Ratio(0), samples: 0))
        #expect(wide.transmittance.worstCase == exact.transmittance.worstCase)
        #expect(wide.transmittance.worstCase != nil)
    }
}
