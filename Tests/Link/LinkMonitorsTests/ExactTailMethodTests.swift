import Glibc
import QuadratureAnalysis
import Testing

@testable import LinkMonitors

/// What `ExactTails` computes, against published values and other methods; and that its formulas are those of the rules.
struct ExactTailMethodTests {
    /// Critical values of the F distribution at 1 % and 0.1 % from published tables, three digits:
    /// half of the last one is up to 5 % of the tail.
    @Test(arguments: [(10.0, 20.0, 3.37, 0.01), (60, 120, 1.66, 0.01), (120, 60, 2.09, 0.001), (1, 10, 10.04, 0.01)])
    func `tails of F are those of the tables`(freedom: Double, reference: Double, value: Double, tail: Double) {
        #expect(abs(ExactTails.fisher(above: value, freedom: freedom, reference: reference) / tail - 1) < 0.06)
        let below = ExactTails.fisher(below: 1 / value, freedom: reference, reference: freedom)
        #expect(abs(below / tail - 1) < 0.06)
    }

    /// F with 2 and ν degrees of freedom has a closed form, far out too.
    @Test(arguments: [4.0, 100, 1e4, 1e6])
    func `tails of F are exact ten decades out`(freedom: Double) {
        for nats in [1.0, 10, 25] {
            let value = freedom / 2 * expm1(2 * nats / freedom)
            let tail = ExactTails.fisher(above: value, freedom: 2, reference: freedom)
            #expect(abs(tail / exp(-nats) - 1) < 1e-6)
        }
    }

    /// χ² is F with as many degrees of freedom of the other as one likes.
    @Test(arguments: [98.0, 5_000, 2e4])
    func `the saddlepoint of χ² is good to a thousandth`(freedom: Double) {
        for deviations in [-6.0, -3, 3, 6] {
            let ratio = 1 + deviations * (2 / freedom).squareRoot()
            let isAbove = deviations > 0
            let exact =
                isAbove
                ? ExactTails.fisher(above: ratio, freedom: freedom, reference: 1e9)
                : ExactTails.fisher(below: ratio, freedom: freedom, reference: 1e9)
            let found = ExactTails.chiSquared(ratio, freedom: freedom, isAbove: isAbove)
            #expect(abs(found / exact - 1) < 1e-3, "\(deviations) σ")
        }
    }

    /// With a calibration that knows everything, four variances are two.
    @Test func `the saddlepoint of four variances is that of two`() {
        for ratio in [1.1, 1.2] {
            let four = ExactTails.quotient(above: ratio, freedoms: (2_500, 2_500, 1e12, 1e12))
            let two = ExactTails.fisher(above: ratio, freedom: 2_500, reference: 2_500)
            #expect(abs(four / two - 1) < 1e-3)
        }
    }

    /// Upper and lower percentage points of b₂ for 1,000 samples from Pearson and Hartley's tables, which have two
    /// decimals: half of the last one is 3 % of σ, and 8 % of a tail of 1 %.
    @Test(arguments: [(3.26, 0.05, true), (3.41, 0.01, true), (2.76, 0.05, false), (2.68, 0.01, false)])
    func `tails of the kurtosis are those of the tables`(value: Double, tail: Double, isAbove: Bool) {
        let found = ExactTails.kurtosis(value, samples: 1_000, isAbove: isAbove)
        #expect((0.75...1.3).contains(found / tail), "\(found)")
    }

    /// Without the floor of 20,000 samples the kurtosis would raise false alarms by the hundred: why there is one.
    @Test func `a few thousand samples do not keep the kurtosis score's probability`() {
        let z = ExactTailTests.limits.actBudget.threshold(.two)
        let tail = ExactTails.kurtosis(
            ExactTailTests.kurtosis(score: z, samples: 2_500), samples: 2_500, isAbove: true)
        #expect(tail / ExactTails.normal(z) > 50)
    }

    @Test func `the limits of the exact tails are those of the rules`() {
        for (z, freedom, reference) in [(6.4, 98.0, 1e5), (-6.4, 98, 1e5), (5.6, 5_000, 2_500), (-5.6, 2e6, 1e7)] {
            let ratio = ExactTails.ratio(score: z, freedom: freedom, reference: reference)
            let comparison = VarianceComparison(
                RawVariance(ratio), freedom: freedom, against: RawVariance(1), freedom: reference)
            #expect(abs(comparison.score - z) < 1e-9)
        }
        var numbers = Deviates(seed: 801)
        var shape = SampleShape()
        let samples = (0..<30_000).map { _ in Int16((100 * numbers.next()).rounded()) }
        shape.add(samples.span)
        let n = Double(shape.samples)
        #expect(abs(ExactTailTests.kurtosis(score: shape.kurtosisScore, samples: n) - shape.kurtosis) < 1e-9)
    }

    /// Scores of statistics that are not normal have the tail of their statistic.
    @Test(arguments: [98.0, 1_000, 1e5])
    func `t, gains and counts become normal scores`(freedom: Double) {
        for z in [1.0, 5.6, 6.4] {
            // P(T > t) is half of P(F > t²), F with 1 and ν.
            let t = (freedom * expm1(pow(z * (8 * freedom + 3) / (8 * freedom + 1), 2) / freedom)).squareRoot()
            #expect(abs(NormalScore.student(t, freedom: freedom) - z) < 1e-9)
            #expect(abs(NormalScore.student(-t, freedom: freedom) + z) < 1e-9)
            let tail = ExactTails.fisher(above: t * t, freedom: 1, reference: freedom) / 2
            #expect(abs(tail / ExactTails.normal(z) - 1) < 0.01)
            let squared = NormalScore.squaredSignificance(tail: ExactTails.normal(z), freedom: freedom)
            #expect(abs(NormalScore.gain(significance: squared.squareRoot(), freedom: freedom) - z) < 1e-9)
            #expect(
                abs(
                    ExactTails.fisher(above: squared / 2, freedom: 2, reference: freedom) / ExactTails.normal(z) - 1)
                    < 1e-6)
        }
    }

    @Test(arguments: [0.005, 1, 30, 3_000])
    func `a Poisson count has the score of its exact tail`(mean: Double) {
        for count in [1, 3, Int(mean), Int(mean + 6 * mean.squareRoot())] where Double(count) >= 0.5 * mean && count > 0
        {
            let score = NormalScore.poisson(Int64(count), mean: mean)
            let tail = ExactTails.poisson(atLeast: count, mean: mean)
            #expect(abs(ExactTails.normal(score) - tail) < 1e-9 * max(tail, 1e-3) + 1e-12, "\(count)")
        }
        #expect(NormalScore.poisson(0, mean: mean) < -5)
        #expect(NormalScore.poisson(1_000_000, mean: mean) > 30)
        #expect(NormalScore.poisson(3, mean: .infinity).isNaN)
    }

    @Test func `read-backs have the score of their binomial tail, and can show what they can`() {
        let p = ExactTailTests.limits.warnBudget.probabilityPerTest
        func readings(_ closed: Int, of all: Int) -> ShutterReadings {
            var readings = ShutterReadings()
            for index in 0..<all { readings.add(index < closed ? 1 : 0, closedShare: 0.1) }
            return readings
        }
        let tail = (0...3).reduce(0) { $0 + ExactTails.binomial($1, of: 300, share: 0.1) }
        #expect(abs(ExactTails.normal(readings(3, of: 300).score) / tail - 1) < 1e-6)
        // As often as it should be, or more often, is not suspicious.
        #expect(readings(30, of: 300).score == 0)
        #expect(readings(300, of: 300).score == 0)
        #expect(!readings(0, of: 169).canShow(tail: p))
        #expect(readings(0, of: 170).canShow(tail: p))
        #expect(readings(0, of: 170).score >= ExactTailTests.limits.warnBudget.threshold(.one))
        #expect(readings(0, of: 169).score < ExactTailTests.limits.warnBudget.threshold(.one))
        #expect(!ShutterReadings().canShow(tail: p))
    }
}
