import Glibc
import QuadratureAnalysis
import Testing
import UnitEmulator

/// Whether the standard deviations that are printed are the ones that estimates really scatter with.
struct EstimateCoverageTests {
    /// Runs a pair per seed and returns the rms deviation of T̂ and ξ̂ from the truth, in their own σ.
    private func rmsDeviations(
        _ seeds: Seeds, training: Int, _ change: (inout PairModel) -> Void
    ) throws -> (transmittance: Double, excess: Double) {
        var (transmittance, excess) = (0.0, 0.0)
        for seed in seeds.range {
            var model = PairModel(seed: seed)
            change(&model)
            var bench = Bench(model)
            for _ in 0..<4 {
                bench.train(training / 4)
                bench.measureVacuum(training / 4)
            }
            bench.measureDark(training)
            let health = try bench.estimate()
            let t = health.transmittance.deviation(from: Transmittance(bench.truth.transmittance))
            let x = health.excessNoise.deviation(from: ExcessNoise(bench.truth.excessNoise))
            transmittance += t * t / Double(Seeds.count)
            excess += x * x / Double(Seeds.count)
        }
        return (transmittance.squareRoot(), excess.squareRoot())
    }

    /// What the root mean square of z may be: worse to either side with probability 1e-5.
    private static let bounds = Chance.rootMeanSquares(of: Seeds.count, tail: 1e-5)

    /// Twelve figures: a correct estimator fails this test with probability 2.4e-4 on fresh seeds.
    @Test(arguments: PairModel.Receiver.allCases, [3.0, 5, 10])
    func `printed standard deviations are those that estimates scatter with`(
        receiver: PairModel.Receiver, loss: Double
    ) throws {
        // Seeds of their own for each case, else one unlucky set of vacuum samples would show in all of them.
        let first: UInt64 = 10_000 + (receiver == .homodyne ? 0 : 50_000) + UInt64(loss) * 1000
        let seeds = Seeds(from: first)
        let rms = try rmsDeviations(seeds, training: 8000) {
            $0.receiver = receiver
            $0.loss = loss
        }
        #expect(Self.bounds.contains(rms.transmittance), "rms z of T \(rms.transmittance), \(seeds)")
        #expect(Self.bounds.contains(rms.excess), "rms z of ξ \(rms.excess), \(seeds)")
    }

    /// Phase noise of 0.2 rad makes residuals heteroscedastic; the printed σ must still hold. Bounds
    /// as above, four figures: probability 8e-5.
    @Test(arguments: PairModel.Receiver.allCases)
    func `strong phase noise does not spoil the standard deviations`(receiver: PairModel.Receiver) throws {
        let first: UInt64 = receiver == .homodyne ? 2000 : 3000
        let seeds = Seeds(from: first)
        let rms = try rmsDeviations(seeds, training: 8000) {
            $0.receiver = receiver
            $0.loss = 3
            $0.phaseVariance = 0.04
        }
        #expect(Self.bounds.contains(rms.transmittance), "rms z of T \(rms.transmittance), \(seeds)")
        #expect(Self.bounds.contains(rms.excess), "rms z of ξ \(rms.excess), \(seeds)")
    }

    /// Channels that differ by 30 % and stand at 90° + 11°: ξ is .16 SNU of image, x and p have different noise. Bounds as
    /// above, two figures: probability 4e-5.
    @Test func `an imbalanced receiver does not spoil the standard deviations`() throws {
        let seeds = Seeds(from: 4000)
        let rms = try rmsDeviations(seeds, training: 8000) {
            $0.receiver = .heterodyne
            $0.loss = 3
            $0.imbalance = PairModel.Imbalance(gain: 0.3, angle: 0.2)
        }
        #expect(Self.bounds.contains(rms.transmittance), "rms z of T \(rms.transmittance), \(seeds)")
        #expect(Self.bounds.contains(rms.excess), "rms z of ξ \(rms.excess), \(seeds)")
    }

    /// σ(ξ_in) ≈ (1 + v_el)√(2/m + 2/n_on)/(μ′ηT), m and n_on in quadrature samples.
    @Test(arguments: PairModel.Receiver.allCases, [5.0, 10])
    func `the uncertainty of the excess noise is the one that a plan counts on`(
        receiver: PairModel.Receiver, loss: Double
    ) throws {
        var model = PairModel(seed: 91)
        model.receiver = receiver
        model.loss = loss
        var bench = Bench(model)
        bench.train(200_000)
        bench.measureVacuum(50_000)
        bench.measureDark(50_000)
        let health = try bench.estimate()
        let samples = Double(receiver.samplesPerSymbol)
        let signal = receiver.share * model.efficiency * Transmittance(loss: Decibels(loss)).value
        let planned = 1.1 * (2 / (200_000 * samples) + 2 / (50_000 * samples)).squareRoot() / signal
        // S² exceeds V_on a little and T̂ has its own 1 to 2 %.
        #expect(abs(health.excessNoise.sigma.value / planned - 1) < 0.05)
    }

    @Test func `an over-estimated vacuum variance moves the excess noise as predicted, unclamped`() throws {
        var bench = Bench(PairModel(seed: 92))
        bench.train(400_000)
        bench.measureVacuum(400_000)
        bench.measureDark(400_000)
        let before = try bench.estimate()
        // The sums of squares of both channels grow by 2 %.
        bench.vacuum.x.add(samples: 0, sum: 0, sumOfSquares: bench.vacuum.x.sumOfSquares / 50, clipped: 0)
        bench.vacuum.p.add(samples: 0, sum: 0, sumOfSquares: bench.vacuum.p.sumOfSquares / 50, clipped: 0)
        let after = try bench.estimate()
        let signal = 0.5 * 0.6 * Transmittance(loss: Decibels(5)).value
        let shift = after.excessNoise.value.value - before.excessNoise.value.value
        // −(1 + v_el)·δ/(μ′ηT) = −0.23 SNU.
        #expect(abs(shift / (-1.1 * 0.02 / signal) - 1) < 0.03)
        #expect(after.excessNoise.value.value < -0.1)
    }

    @Test func `an offset that no intercept takes up passes for excess noise`() throws {
        var model = PairModel(seed: 93)
        // 0.03 √SNU at N0 = 10,000 LSB².
        model.offsetX = 3
        model.offsetP = 3
        var bench = Bench(model)
        bench.train(1_000_000)
        let fit = try bench.regression.fit()
        // The mean of the residuals is the offset; a residual about zero keeps its square.
        let power = fit.squaredGain / (model.sampleScale * model.sampleScale)
        let fake = 3.0 * 3.0 / power
        #expect(abs(fake - 0.0095) < 0.0002)
        // With the intercept the same samples give the residual variance of a receiver without offset, to the bit of
        // rounding: an integer offset only shifts integers.
        model.offsetX = 0
        model.offsetP = 0
        var plain = Bench(model)
        plain.train(1_000_000)
        let reference = try plain.regression.fit()
        #expect(abs(fit.residualVariance.value.value / reference.residualVariance.value.value - 1) < 1e-9)
    }
}
