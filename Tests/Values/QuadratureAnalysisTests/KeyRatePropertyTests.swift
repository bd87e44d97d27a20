import QuadratureAnalysis
import Testing

/// What holds for every link.
struct KeyRatePropertyTests {
    static let seed: UInt64 = 0x4B45_5952

    /// Links from all over the range, logarithmic where a scale is.
    struct Draw {
        var receiver: ReceiverModel
        var link: LinkParameters
        var beta: ReconciliationEfficiency
        var plan: FiniteSizePlan

        init(_ random: inout RandomSamples) throws {
            func decades(_ from: Double, _ to: Double) -> Double {
                Transmittance(loss: Decibels(-10 * (from + (to - from) * random.uniform()))).value
            }
            receiver = try ReceiverModel(
                detection: random.word() & 1 == 0 ? .homodyne : .heterodyne, efficiency: decades(-2, 0),
                electronicNoise: ShotNoiseUnits(random.word() & 7 == 0 ? 0 : decades(-6, 1)),
                trust: random.word() & 1 == 0 ? .trusted : .untrusted)
            link = try LinkParameters(
                modulationVariance: ShotNoiseUnits(decades(-3, 4)),
                transmittance: Transmittance(random.word() & 7 == 0 ? 1 : decades(-7, 0)),
                excessNoise: ExcessNoise(random.word() & 7 == 0 ? 0 : decades(-9, 1)))
            beta = try ReconciliationEfficiency(0.5 + 0.5 * random.uniform())
            plan = try FiniteSizePlan(
                blockSize: Int64(decades(1, 15)), estimationFraction: 0.1 + 0.8 * random.uniform(),
                failureProbability: try FailureProbability(decades(-30, -1)), frameErrorRate: random.uniform())
        }
    }

    @Test func `no link gives NaN, and a bound is never below 0`() throws {
        var random = RandomSamples(seed: Self.seed)
        for index in 0..<20_000 {
            let draw = try Draw(&random)
            let rate = KeyRate(link: draw.link, receiver: draw.receiver, reconciliation: draw.beta)
            let words = "draw \(index) of seed \(Self.seed): \(draw)"
            #expect(rate.asymptotic.value.isFinite, "\(words)")
            #expect(rate.holevoBound.value >= -1e-14 && rate.holevoBound.value.isFinite, "\(words)")
            #expect(rate.mutualInformation.value >= 0, "\(words)")
            let finite = draw.plan.keyRate(draw.link, draw.receiver, draw.beta)
            #expect(finite.rate.value.isFinite, "\(words)")
            // A block never has more key than its share of an endless one.
            #expect(finite.rate.value <= draw.plan.block.yield * max(0, rate.asymptotic.value) + 1e-14, "\(words)")
            if let worst = finite.worstCase {
                #expect(worst.transmittance.value <= draw.link.transmittance.value, "\(words)")
                #expect(worst.excessNoise.value >= draw.link.excessNoise.value, "\(words)")
            }
        }
    }

    @Test func `more noise, more loss and less trust are never better`() throws {
        var random = RandomSamples(seed: Self.seed &+ 1)
        for index in 0..<5_000 {
            let draw = try Draw(&random)
            let (link, receiver) = (draw.link, draw.receiver)
            let bound = receiver.holevoBound(link).value
            let noisier = try KeyRateTests.link(
                link.modulationVariance.value, link.transmittance.value, link.excessNoise.value * 1.1 + 1e-6)
            let words = "draw \(index) of seed \(Self.seed &+ 1): \(draw)"
            #expect(receiver.holevoBound(noisier).value >= bound - 1e-13, "\(words)")
            let trusted = try ReceiverModel(
                detection: receiver.detection, efficiency: receiver.efficiency,
                electronicNoise: receiver.electronicNoise, trust: .trusted)
            let untrusted = try ReceiverModel(
                detection: receiver.detection, efficiency: receiver.efficiency,
                electronicNoise: receiver.electronicNoise, trust: .untrusted)
            #expect(untrusted.holevoBound(link).value >= trusted.holevoBound(link).value - 1e-13, "\(words)")
        }
    }

    @Test func `a perfect receiver is the same trusted or not`() throws {
        for detection in Detection.allCases {
            for noise in [0, 0.01, 0.5] {
                let link = try KeyRateTests.link(8, 0.2, noise)
                let trusted = try KeyRateTests.receiver(detection, efficiency: 1, electronicNoise: 0, .trusted)
                let untrusted = try KeyRateTests.receiver(detection, efficiency: 1, electronicNoise: 0, .untrusted)
                #expect(abs(trusted.holevoBound(link).value - untrusted.holevoBound(link).value) < 1e-14)
            }
        }
    }

    @Test func `an endless block has the asymptotic rate`() throws {
        let link = try KeyRateTests.link(5, 0.316, 0.01)
        let receiver = try KeyRateTests.receiver(.heterodyne)
        let beta = try ReconciliationEfficiency(0.95)
        let asymptotic = KeyRate(link: link, receiver: receiver, reconciliation: beta).asymptotic.value
        var last = -Double.infinity
        for size: Int64 in [100_000_000, 10_000_000_000, 1_000_000_000_000, 9_000_000_000_000_000] {
            let plan = try FiniteSizePlan(
                blockSize: size, estimationFraction: 0.25, failureProbability: try FailureProbability(1e-10),
                frameErrorRate: 0.2)
            let rate = plan.keyRate(link, receiver, beta).rate.value
            #expect(rate > last)
            last = rate
        }
        #expect(abs(last - 0.75 * 0.8 * asymptotic) < 1e-5)
    }

    @Test(arguments: Detection.allCases, [1.0, 5, 10, 15, 20])
    func `the rate changes its sign at the null-key noise`(detection: Detection, loss: Double) throws {
        let receiver = try KeyRateTests.receiver(detection)
        let beta = try ReconciliationEfficiency(0.95)
        let channel = Transmittance(loss: Decibels(loss))
        let null = try #require(
            try NullKeyNoise(
                modulationVariance: ShotNoiseUnits(5), transmittance: channel, receiver: receiver, reconciliation: beta
            ).value)
        for (factor, positive) in [(1 - 1e-9, true), (1 + 1e-9, false)] {
            let link = try KeyRateTests.link(5, channel.value, null.value * factor)
            let rate = KeyRate(link: link, receiver: receiver, reconciliation: beta).asymptotic.value
            #expect((rate > 0) == positive, "\(rate)")
            #expect(abs(rate) < 1e-8)
        }
    }

    @Test func `where there is no key without noise, there is no threshold and no margin`() throws {
        let null = try NullKeyNoise(
            modulationVariance: ShotNoiseUnits(1e4), transmittance: Transmittance(0.01),
            receiver: try KeyRateTests.receiver(.homodyne), reconciliation: try ReconciliationEfficiency(0.8))
        guard case .noKey(let rate) = null else {
            Issue.record("\(null)")
            return
        }
        #expect(rate.value < 0)
        #expect(null.margin(of: ExcessNoise(0.01)) == nil)
    }

    /// ξ_max < 0 refuses the data; it is no margin of more than 1.
    @Test(arguments: [-0.001, -1, Double.nan, .infinity])
    func `a worst case that is none has no margin`(noise: Double) {
        let null = NullKeyNoise.excessNoise(ExcessNoise(0.1))
        #expect(null.margin(of: ExcessNoise(noise)) == nil)
        #expect(null.margin(of: ExcessNoise(0)) == 1)
    }

    @Test func `a margin beyond every number is the least there is`() {
        let null = NullKeyNoise.excessNoise(ExcessNoise(.leastNonzeroMagnitude))
        #expect(null.margin(of: ExcessNoise(1)) == -Double.greatestFiniteMagnitude)
    }

    /// The same numbers as bounds that somebody measured: the same rate as planned.
    @Test func `measured bounds give the rate of the plan that expected them`() throws {
        let (link, receiver) = (try KeyRateTests.link(5, 0.316, 0.01), try KeyRateTests.receiver(.heterodyne))
        let beta = try ReconciliationEfficiency(0.95)
        let plan = try FiniteSizePlan(
            blockSize: 100_000_000, estimationFraction: 0.5, failureProbability: try FailureProbability(1e-10))
        let planned = plan.keyRate(link, receiver, beta)
        let measured = try FiniteKeyRate(
            worstCase: try #require(planned.worstCase), modulationVariance: ShotNoiseUnits(5),
            signalToNoise: receiver.signalToNoise(link), receiver: receiver, reconciliation: beta, block: plan.block)
        #expect(measured == planned)
        #expect(measured.rate.value > 0.035)
    }

    @Test func `a short block has no worst case and no key`() throws {
        let plan = try FiniteSizePlan(
            blockSize: 1000, estimationFraction: 0.5, failureProbability: try FailureProbability(1e-10))
        let rate = plan.keyRate(
            try KeyRateTests.link(5, 1e-5, 0.01), try KeyRateTests.receiver(.homodyne), try ReconciliationEfficiency(1))
        #expect(rate.worstCase == nil)
        #expect(rate.rate.value == 0)
        #expect(rate.holevoBound.value == .infinity)
    }
}
