import LinkMonitors
import QuadratureAnalysis
import Testing

struct BudgetTests {
    /// Quantiles of the normal distribution from published tables.
    @Test(arguments: [(0.05, 1.644_853_627), (1e-3, 3.090_232_306), (1e-6, 4.753_424_309), (5e-11, 6.466_951_087)])
    func `a budget of one test has the normal quantile as its threshold`(probability: Double, expected: Double) {
        let budget = FalseAlarmBudget(alarmsPerYear: probability, blocksPerYear: 1, tests: 1)
        #expect(abs(budget.threshold(.one) - expected) < 1e-8)
        let half = FalseAlarmBudget(alarmsPerYear: 2 * probability, blocksPerYear: 1, tests: 1)
        #expect(abs(half.threshold(.two) - expected) < 1e-8)
    }

    @Test func `one false action in ten years over seconds and all rules asks for more than six σ`() {
        let limits = MonitorLimits(blockSeconds: 1)
        let probability = 0.1 / (FalseAlarmBudget.secondsPerYear * Double(MonitorRule.tests))
        #expect(abs(limits.actBudget.probabilityPerTest / probability - 1) < 1e-12)
        #expect((6.0...7.0).contains(limits.actBudget.threshold(.two)))
        #expect(limits.warnBudget.threshold(.two) < limits.actBudget.threshold(.two))
    }

    /// 6.467 is w at ε = 1e-10; heterodyne, η = 0.6, v_el = 0.1, 5 dB: 1.3e7 samples for 0.2 ξ_null with ξ_null .15.
    @Test func `the hidden excess noise falls with the root of the vacuum samples`() {
        let link = Honest.sensitivity(loss: 5)
        let hidden = link.hidden(vacuumSamples: 13_000_000, epsilon: 1e-10).value
        let expected = 1.1 * 6.466_951 * (2 / 1.3e7).squareRoot() / (0.5 * 0.6 * Transmittance(loss: Decibels(5)).value)
        #expect(abs(hidden / expected - 1) < 1e-6)
        #expect(abs(link.hidden(vacuumSamples: 52_000_000, epsilon: 1e-10).value / hidden - 0.5) < 1e-12)
        #expect(abs(link.excessNoise(vacuumError: 1e-3).value + 1.1e-3 * link.inputPerDetector) < 1e-15)
    }
}
