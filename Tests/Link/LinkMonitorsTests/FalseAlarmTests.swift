import Glibc
import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitEmulator

struct FalseAlarmTests {
    /// A thousand sound blocks at 5 % per test and block. Rules of normal statistics with one test must come out at
    /// 50 ± 6.9; 5 σ either way (probability 6e-7 each). Rules of two tests or with a tail on one side only may have
    /// fewer than allowed, never more. The means have two channels and count the larger: up to twice the rate of one.
    @Test(arguments: [PairModel.Receiver.heterodyne, .homodyne], [501] as [UInt64])
    func `sound blocks raise the false alarms that the budget allows`(receiver: PairModel.Receiver, seed: UInt64) throws
    {
        let blocks = 1_000
        let probability = 0.05
        let budget = FalseAlarmBudget(alarmsPerYear: probability, blocksPerYear: 1, tests: 1)
        var limits = MonitorLimits(warnBudget: budget, actBudget: budget)
        // What a sound link of this model has: ξ + (V_A + ξ)V_err.
        limits.excessNoise = LimitPair(warn: 0.015, act: 0.1)
        var bench = MonitoredBench(seed: seed, limits: limits) { $0.receiver = receiver }
        var raised: [MonitorRule: Int] = [:]
        for _ in 0..<blocks {
            let verdict = bench.judge.judge(
                bench.block(MonitoredBench.Plan(signal: 20_000, vacuum: 20_000, training: 6_000, dark: 2_000)))
            for finding in verdict.raised { raised[finding.rule, default: 0] += 1 }
        }
        let expected = probability * Double(blocks)
        let sigma = (expected * (1 - probability)).squareRoot()
        let exact: Set<MonitorRule> = [
            .vacuumVariance, .electronicVariance, .signalKurtosis, .vacuumKurtosis, .autocorrelation, .shutterLeak,
        ]
        for rule in MonitorRule.allCases {
            let count = Double(raised[rule, default: 0])
            let card = rule.card
            print("seed \(seed) \(receiver) \(rule): \(Int(count)) of \(blocks)")
            // Of sound readings, as many are of a closed shutter as should be: no statistics.
            if rule == .shutterReadBack { continue }
            if exact.contains(rule) { #expect(abs(count - expected) < 5 * sigma, "\(rule)") }
            let allowed = card.isStatistical ? expected * Double(card.tests) : 0
            #expect(count <= allowed + 5 * sigma * Double(card.tests), "\(rule)")
        }
    }

    /// At one false warning a month and one false action in ten years over blocks of a second, 300 blocks raise a warning
    /// with probability 1e-4.
    @Test func `sound blocks are quiet at the default budget`() {
        var limits = MonitorLimits(blockSeconds: 1)
        limits.excessNoise = LimitPair(warn: 0.015, act: 0.1)
        var bench = MonitoredBench(seed: 502, limits: limits)
        for _ in 0..<300 {
            let verdict = bench.judge.judge(
                bench.block(MonitoredBench.Plan(signal: 20_000, vacuum: 20_000, training: 6_000, dark: 2_000)))
            #expect(verdict.raised.isEmpty, "\(verdict.raised)")
        }
    }
}
