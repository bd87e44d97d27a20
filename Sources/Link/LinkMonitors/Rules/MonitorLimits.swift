/// A pair of limits: the first warns, the second acts.
public struct LimitPair: Sendable, Hashable {
    /// Warn at or beyond.
    public var warn: Double
    /// Act at or beyond.
    public var act: Double

    /// A warning limit and a limit of action.
    public init(warn: Double, act: Double) {
        self.warn = warn
        self.act = act
    }
}

/// Where warnings and actions begin: engineering limits for what has no statistics, two yearly budgets for what has.
public struct MonitorLimits: Sendable, Hashable {
    /// False warnings.
    public var warnBudget: FalseAlarmBudget
    /// False actions.
    public var actBudget: FalseAlarmBudget
    /// P_LO against the calibration's, relative.
    public var localOscillatorPower = LimitPair(warn: 0.02, act: 0.05)
    /// Relative standard deviation of a reading of P_LO.
    public var powerSigma = ExpectedVacuum.usualPowerSigma
    /// Loss against the commissioned one, dB, beyond its statistical error.
    public var loss = LimitPair(warn: 0.5, act: 1.5)
    /// ξ̂ of the link's design (warn) and at which nothing is left of the key (act), SNU at the input; NaN if unknown.
    public var excessNoise = LimitPair(warn: .nan, act: .nan)
    /// Light into Bob and into Alice, W.
    public var receiverInput = LimitPair(warn: 1e-6, act: 1e-5)
    /// Light into Alice, W.
    public var transmitterInput = LimitPair(warn: 1e-6, act: 1e-5)
    /// Photocurrent per P_LO, relative excess.
    public var photocurrent = LimitPair(warn: 0.02, act: 0.1)
    /// Bias error, 1.
    public var modulatorBias = LimitPair(warn: 0.01, act: 0.03)
    /// Monitor power, relative.
    public var transmitterPower = LimitPair(warn: 0.02, act: 0.1)
    /// Power through the closed shutter relative to the open one that the symbols must be able to show before vacuum
    /// counts as free of signal. 47 dB: a leak of it moves ξ by 1e-4 SNU at V_A = 5 (physics.md §2).
    public var shutterLeak = 2e-5
    /// 1 − entropy health.
    public var entropy = LimitPair(warn: 0.01, act: 0.5)

    /// Limits with two budgets.
    public init(warnBudget: FalseAlarmBudget, actBudget: FalseAlarmBudget) {
        self.warnBudget = warnBudget
        self.actBudget = actBudget
    }

    /// Twelve false warnings a year and one false action in ten, for blocks of `blockSeconds` s.
    public init(blockSeconds: Double) {
        self.init(
            warnBudget: FalseAlarmBudget(alarmsPerYear: 12, blockSeconds: blockSeconds, tests: MonitorRule.tests),
            actBudget: FalseAlarmBudget(alarmsPerYear: 0.1, blockSeconds: blockSeconds, tests: MonitorRule.tests))
    }

    func deviations(_ rule: MonitorRule) -> LimitPair {
        LimitPair(warn: warnBudget.threshold(rule.sides), act: actBudget.threshold(rule.sides))
    }
}
