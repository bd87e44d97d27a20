import Foundation
import LinkMonitors
import QuadratureAnalysis
import Testing

/// Whether the limits are right that lie 5.5 to 6.4 σ out, where no simulation comes: the exact probability with which
/// each statistical rule exceeds its limits on a sound link, over the budget that the limits are made of. The lines that
/// begin with a bar are a table of docs/monitors.md.
///
/// A rule keeps its budget if the quotient is at most 3: three times as many false warnings of one rule are 1.7 a year
/// instead of 0.57. Where it is far below 1 a rule is blinder than it may be: then the lower bound says why.
struct ExactTailTests {
    static let limits = MonitorLimits(blockSeconds: 1)

    /// A rule with what it is judged on, and P(raised)/budget at the limit of a probability per test.
    struct Case: Sendable, CustomTestStringConvertible {
        var rule: MonitorRule
        var samples: String
        var allowed: ClosedRange<Double>
        /// For the probability of one side, and the score that belongs to it.
        var tail: @Sendable (_ probability: Double, _ z: Double) -> Double
        var testDescription: String { "\(rule) of \(samples)" }

        init(
            _ rule: MonitorRule, _ samples: String, _ allowed: ClosedRange<Double>,
            _ tail: @escaping @Sendable (_ probability: Double, _ z: Double) -> Double
        ) {
            (self.rule, self.samples, self.allowed, self.tail) = (rule, samples, allowed, tail)
        }
    }

    @Test(arguments: ratios + expected + shapes + words + shutter)
    func `a rule keeps the false-alarm probability of its budget`(one: Case) {
        let factors = [Self.limits.warnBudget, Self.limits.actBudget].map { budget in
            let sides = one.rule.sides == .two ? 2.0 : 1
            let side = budget.probabilityPerTest / sides
            return one.tail(side, budget.threshold(one.rule.sides)) / side
        }
        print(
            "| \(one.rule) | \(one.samples) | "
                + factors.map { String(format: "%.2f", $0) }.joined(separator: " | ") + " |")
        for factor in factors { #expect(one.allowed.contains(factor), "\(factor)") }
    }

    @Test func `every statistical rule has its case`() {
        let checked = Set((Self.ratios + Self.expected + Self.shapes + Self.words + Self.shutter).map(\.rule))
        #expect(checked == Set(MonitorRule.allCases.filter(\.card.isStatistical)))
    }

    // MARK: Variances

    /// V_on and V_off: F-distributed. Down to 100 samples, below which variances are not judged. Both tails, the larger.
    static let ratios: [Case] = [
        (MonitorRule.vacuumVariance, 98.0, 1e6), (.vacuumVariance, 5_000, 1e5), (.vacuumVariance, 2e6, 2e7),
        (.electronicVariance, 98, 1e5), (.electronicVariance, 2e4, 1e6), (.negativeExcessNoise, 98, 2e4),
        (.negativeExcessNoise, 4e3, 4e5), (.negativeExcessNoise, 4e5, 4e3),
    ].map { rule, freedom, reference in
        Case(rule, "\(Int(freedom)), \(Int(reference)) of the other", 0.3...1.02) { _, z in
            let low = ExactTails.fisher(
                below: ExactTails.ratio(score: -z, freedom: freedom, reference: reference), freedom: freedom,
                reference: reference)
            // S² below V_on is the only suspicious side of ξ̂ < 0.
            guard rule.sides == .two else { return low }
            let high = ExactTails.fisher(
                above: ExactTails.ratio(score: z, freedom: freedom, reference: reference), freedom: freedom,
                reference: reference)
            return max(low, high)
        }
    }

    /// Variances against what a power or a noise lets expect, in LSB²: N0 = 10,000, V_off = 1,000, 5 dB, readings of a
    /// power good to a thousandth. The balance of quadratures: four variances.
    static let expected: [Case] = [
        Case(.vacuumPerPower, "5000, 100000 calibrated", 0.8...1.3) { _, z in perPower(z, 5_000, 1e5) },
        Case(.vacuumPerPower, "100, 100000 calibrated", 0.3...1.3) { _, z in perPower(z, 98, 1e5) },
        Case(.vacuumPerPower, "2000000, 20000000 calibrated", 0.8...1.3) { _, z in perPower(z, 2e6, 2e7) },
        Case(.oscillatorLinearity, "40000 at each power", 0.8...1.3) { _, z in
            sides(
                z, freedom: 4e4, reference: 4e4, vacuum: 5_500, constant: 500, spread: 5_000 * 2.0.squareRoot() * 1e-3)
        },
        Case(.excessNoise, "5000 vacuum, 400000 training", 0.8...1.3) { _, z in excess(z, 4e5, 5_000) },
        Case(.excessNoise, "400000 vacuum, 5000 training", 0.8...1.3) { _, z in excess(z, 5_000, 4e5) },
        Case(.excessNoise, "100 vacuum, 1000 training", 0.3...1.3) { _, z in excess(z, 1_000, 98) },
        Case(.coexistence, "40000 vacuum, 40000 training", 0.8...1.3) { _, z in
            // .05 SNU, a tenth of which is not known.
            ExactTails.expected(
                score: z, freedom: 4e4, reference: 4e4, vacuum: 11_000, constant: 47.5, spread: 4.75, isAbove: true)
        },
        Case(.varianceBalance, "2500, 50000 calibrated", 0.8...1.1) { _, z in balance(z, 2_500, 5e4) },
        Case(.varianceBalance, "100, 2500 calibrated", 0.3...1.1) { _, z in balance(z, 100, 2_500) },
        Case(.varianceBalance, "40000, 10000 calibrated", 0.8...1.1) { _, z in balance(z, 4e4, 1e4) },
    ]

    static func sides(
        _ z: Double, freedom: Double, reference: Double, vacuum: Double, constant: Double, spread: Double
    ) -> Double {
        [true, false].map {
            ExactTails.expected(
                score: z, freedom: freedom, reference: reference, vacuum: vacuum, constant: constant, spread: spread,
                isAbove: $0)
        }.max() ?? .nan
    }

    static func perPower(_ z: Double, _ freedom: Double, _ reference: Double) -> Double {
        sides(
            z, freedom: freedom, reference: reference, vacuum: 11_000, constant: 0,
            spread: 10_000 * 2.0.squareRoot() * 1e-3)
    }

    /// ξ̂ against .03 SNU, which are 28.5 LSB² at 5 dB, with t² known to the root of the training.
    static func excess(_ z: Double, _ training: Double, _ vacuum: Double) -> Double {
        ExactTails.expected(
            score: z, freedom: training, reference: vacuum, vacuum: 11_000, constant: 28.5,
            spread: 28.5 * (8 / training).squareRoot(), isAbove: true)
    }

    /// The rule takes Paulson's score of the two variances of the signal, smaller by the part that the calibration's two
    /// have in the error.
    static func balance(_ z: Double, _ samples: Double, _ calibrated: Double) -> Double {
        let (own, all) = (4 / (samples - 1), 4 / (samples - 1) + 4 / calibrated)
        let limit = ExactTails.ratio(
            score: z * (all / own).squareRoot(), freedom: samples - 1, reference: samples - 1)
        return ExactTails.quotient(
            above: limit, freedoms: (samples - 1, samples - 1, calibrated - 1, calibrated - 1))
    }

    // MARK: Means and shapes

    static let shapes: [Case] = [
        Case(.signalMean, "50 and 50", 0.7...1.3) { _, z in
            ExactTails.welch(score: z, samples: 50, others: 50, variance: 1.5)
        },
        Case(.signalMean, "5000 and 2500", 0.9...1.1) { _, z in
            ExactTails.welch(score: z, samples: 5_000, others: 2_500, variance: 0.6)
        },
        // The gain, of which T̂ is the square, with a variance of the same training symbols.
        Case(.transmitterStrongerThanCharacterised, "5000 training symbols", 0.9...1.1) { _, z in
            ExactTails.fisher(above: z * z, freedom: 1, reference: 10_000) / 2
        },
        Case(.vacuumMean, "50, 100000 calibrated", 0.7...1.3) { _, z in
            ExactTails.welch(score: z, samples: 50, others: 1e5, variance: 1)
        },
        Case(.vacuumMean, "2500, 100000 calibrated", 0.9...1.1) { _, z in
            ExactTails.welch(score: z, samples: 2_500, others: 1e5, variance: 1)
        },
        kurtosis(.signalKurtosis, 100_000), kurtosis(.vacuumKurtosis, Double(BlockJudge.leastShape)),
        Case(.autocorrelation, "20000 in frames of 1000", 0.9...1.05) { _, z in
            ExactTails.neighbours(above: z / (20 * 999.0).squareRoot(), frames: 20, length: 1_000)
        },
    ]

    /// The score of Anscombe and Glynn matches three moments. Its inverse is a cubic, solved here by halving.
    static func kurtosis(_ rule: MonitorRule, _ samples: Double) -> Case {
        Case(rule, "\(Int(samples))", 0.8...3) { _, z in
            let tails = [true, false].map { isAbove in
                ExactTails.kurtosis(
                    kurtosis(score: isAbove ? z : -z, samples: samples), samples: samples, isAbove: isAbove)
            }
            return tails.max() ?? .nan
        }
    }

    /// b₂ with a given score, by the formulas of Anscombe and Glynn (1983), which `SampleShape.kurtosisScore` uses: a test
    /// below compares the two.
    static func kurtosis(score z: Double, samples n: Double) -> Double {
        let expected = 3 * (n - 1) / (n + 1)
        let spread = (24 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1) * (n + 3) * (n + 5))).squareRoot()
        let skew =
            6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9))
            * (6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3))).squareRoot()
        let a = 6 + 8 / skew * (2 / skew + (1 + 4 / (skew * skew)).squareRoot())
        let root = 1 - 2 / (9 * a) - z * (2 / (9 * a)).squareRoot()
        let x = ((1 - 2 / a) / (root * root * root) - 1) / (2 / (a - 4)).squareRoot()
        return expected + spread * x
    }

    // MARK: Counts and words

    static let words: [Case] = [
        Case(.wordMean, "1000 symbols", 0.6...1) { _, z in
            // The mean square contains the mean: z² = 2n·g²/(g² + χ²) of 2n words, g normal: F with 1 and 2n − 1.
            let all = 2_000.0
            return ExactTails.fisher(above: (all - 1) * z * z / (all - z * z), freedom: 1, reference: all - 1) / 2
        },
        Case(.basisBalance, "1000 symbols", 0.5...1.2) { _, z in
            let least = Int((500 + z * 1_000.0.squareRoot() / 2).rounded(.up))
            return (least...1_000).reduce(0) { $0 + ExactTails.binomial($1, of: 1_000, share: 0.5) }
        },
        repeats(0.005, 0.0001...1), repeats(1, 0.01...1), repeats(100, 0.5...1),
    ]

    /// Counts are whole: the least that raises has at most the budget, and one less has more than it.
    static func repeats(_ mean: Double, _ allowed: ClosedRange<Double>) -> Case {
        Case(.wordRepeats, "\(mean) expected", allowed) { probability, _ in
            let least = (0..<1_000).first { ExactTails.poisson(atLeast: $0, mean: mean) <= probability } ?? 0
            return ExactTails.poisson(atLeast: least, mean: mean)
        }
    }

    // MARK: Shutter

    static let shutter: [Case] = [
        leak(100), leak(1_000), leak(100_000),
        // With 170 readings none of a closed shutter warns, and no count alarms.
        readBack(0.1, 170), readBack(0.1, 300), readBack(0.5, 60),
    ]

    static func leak(_ freedom: Double) -> Case {
        Case(.shutterLeak, "\(Int(freedom)) samples", 0.99...1.01) { probability, _ in
            let squared = freedom * (pow(probability, -2 / freedom) - 1)
            return ExactTails.fisher(above: squared / 2, freedom: 2, reference: freedom)
        }
    }

    static func readBack(_ share: Double, _ readings: Int) -> Case {
        Case(.shutterReadBack, "\(readings) readings, \(share) closed", 0...1) { probability, _ in
            var (tail, next, count) = (0.0, ExactTails.binomial(0, of: readings, share: share), 0)
            while tail + next <= probability {
                tail += next
                count += 1
                next = ExactTails.binomial(count, of: readings, share: share)
            }
            return tail
        }
    }
}
