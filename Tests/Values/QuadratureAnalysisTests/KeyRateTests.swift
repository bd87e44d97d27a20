import QuadratureAnalysis
import Testing

/// The reference values of the literature, to the digits that are printed there.
struct KeyRateTests {
    static func receiver(
        _ detection: Detection, efficiency: Double = 0.6, electronicNoise: Double = 0.1,
        _ trust: ReceiverModel.Trust = .trusted
    ) throws -> ReceiverModel {
        try ReceiverModel(
            detection: detection, efficiency: efficiency, electronicNoise: ShotNoiseUnits(electronicNoise), trust: trust
        )
    }

    static func link(_ modulation: Double, _ transmittance: Double, _ noise: Double) throws -> LinkParameters {
        try LinkParameters(
            modulationVariance: ShotNoiseUnits(modulation), transmittance: Transmittance(transmittance),
            excessNoise: ExcessNoise(noise))
    }

    static var beta95: ReconciliationEfficiency { get throws { try ReconciliationEfficiency(0.95) } }

    @Test func `Lodewyck's homodyne example to its printed digits`() throws {
        let rate = KeyRate(
            link: try Self.link(18.5, 0.302, 0.005),
            receiver: try Self.receiver(.homodyne, efficiency: 0.606, electronicNoise: 0.041),
            reconciliation: try ReconciliationEfficiency(0.898))
        #expect(abs(rate.mutualInformation.value - 1.043650) < 5e-7)
        #expect(abs(rate.holevoBound.value - 0.902043) < 5e-7)
        #expect(abs(rate.asymptotic.value - 0.0351541) < 5e-8)
    }

    @Test func `the heterodyne example, asymptotic and at two block sizes`() throws {
        let (link, receiver) = (try Self.link(5, 0.316, 0.01), try Self.receiver(.heterodyne))
        let beta = try Self.beta95
        let rate = KeyRate(link: link, receiver: receiver, reconciliation: beta)
        #expect(abs(rate.holevoBound.value - 0.402871) < 5e-7)
        #expect(abs(rate.asymptotic.value - 0.087859) < 5e-7)

        let epsilon = try FailureProbability(1e-10)
        let large = try FiniteSizePlan(blockSize: 100_000_000, estimationFraction: 0.5, failureProbability: epsilon)
            .keyRate(link, receiver, beta)
        let worst = try #require(large.worstCase)
        #expect(abs(worst.transmittance.value - 0.315120) < 5e-7)
        #expect(abs(worst.excessNoise.value - 0.025091) < 5e-7)
        #expect(abs(large.correction.value - 0.005792) < 5e-7)
        #expect(abs(large.rate.value - 0.035086) < 5e-7)

        // "K = 0" there: no key. The number itself is not clamped.
        let small = try FiniteSizePlan(blockSize: 1_000_000, estimationFraction: 0.5, failureProbability: epsilon)
            .keyRate(link, receiver, beta)
        #expect(abs(small.rate.value + 0.025715703) < 5e-10)
    }

    @Test(arguments: [(5.0, 0.1498), (10, 0.1019), (15, 0.0788)])
    func `the null-key excess noise, trusted homodyne`(loss: Double, expected: Double) throws {
        let null = try NullKeyNoise(
            modulationVariance: ShotNoiseUnits(5), transmittance: Transmittance(loss: Decibels(loss)),
            receiver: try Self.receiver(.homodyne), reconciliation: try Self.beta95)
        #expect(abs(try #require(null.value).value - expected) < 5e-5)
    }

    @Test func `a block of 5e7 key symbols leaves a seventh of the null-key noise at 15 dB`() throws {
        let receiver = try Self.receiver(.homodyne)
        let plan = try FiniteSizePlan(
            blockSize: 100_000_000, estimationFraction: 0.5, failureProbability: try FailureProbability(1e-10))
        #expect(plan.block.keySymbols == 50_000_000)
        let channel = Transmittance(loss: Decibels(15))
        let worst = try #require(plan.worstCase(try Self.link(5, channel.value, 0.005), receiver))
        let null = try NullKeyNoise(
            modulationVariance: ShotNoiseUnits(5), transmittanceWorstCase: worst.transmittance, receiver: receiver,
            reconciliation: try Self.beta95, block: plan.block)
        let value = try #require(null.value)
        #expect(abs(value.value - 0.011) < 5e-4)
        #expect(abs(value.value - 0.010851284) < 5e-9)
        #expect(try #require(null.margin(of: worst.excessNoise)) < -6)
        #expect(try #require(null.margin(of: ExcessNoise(value.value / 2))) == 0.5)
    }

    @Test func `the worst-case factor at 1e-10 is 6.467`() throws {
        #expect(abs(try FailureProbability(1e-10).deviations - 6.46695108724051617) < 1e-14)
    }
}
