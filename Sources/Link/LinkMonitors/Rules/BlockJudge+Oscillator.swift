internal import QuadratureAnalysis

extension BlockJudge {
    /// (1 + v_el)/(μ′ηT): excess noise at the input per relative error of V_on.
    var noisePerVacuum: Double {
        (1 + baseline.sensitivity.electronicNoise.value) * baseline.sensitivity.inputPerDetector
    }

    func judgeOscillator(_ rule: MonitorRule, _ block: BlockEvidence) -> RuleJudgement {
        let limit = limits.deviations(rule)
        switch rule {
        case .vacuumVariance:
            let comparison = VarianceComparison(
                block.vacuum, against: baseline.expectedVacuum(powerSigma: limits.powerSigma))
            return .judge(
                rule, comparison.score, warn: limit.warn, act: limit.act,
                residual: noisePerVacuum * limit.warn * comparison.relativeSigma)
        case .vacuumPerPower:
            let (power, before) = (block.localOscillatorPower ?? .nan, baseline.localOscillatorPower ?? .nan)
            let change = ShotNoisePerPower.change(
                block.vacuum.variance, at: power, since: baseline.vacuum.variance(baseline.ageing), at: before,
                off: baseline.dark.variance.value, powerSigma: limits.powerSigma)
            let expected = ExpectedVacuum(
                vacuum: baseline.vacuum, dark: baseline.dark, ageing: baseline.ageing, powerRatio: power / before,
                powerSigma: limits.powerSigma)
            return .judge(
                rule, VarianceComparison(block.vacuum, against: expected).score, warn: limit.warn, act: limit.act,
                residual: baseline.sensitivity.inputPerDetector * limit.warn * change.sigma.value)
        case .electronicVariance:
            let comparison = VarianceComparison(block.dark, against: baseline.dark, ageing: baseline.ageing)
            return .judge(rule, comparison.score, warn: limit.warn, act: limit.act)
        case .localOscillatorPower:
            let pair = limits.localOscillatorPower
            let relative = (block.localOscillatorPower ?? .nan) / (baseline.localOscillatorPower ?? .nan) - 1
            return .judge(
                rule, relative, warn: pair.warn, act: pair.act,
                residual: baseline.sensitivity.inputPerDetector * pair.warn)
        default:
            let deviation = linearity(block)
            return .judge(rule, deviation, warn: limit.warn, act: limit.act)
        }
    }

    /// V_on at the second power against what V_on at the first lets expect there.
    private func linearity(_ block: BlockEvidence) -> Double {
        guard let second = block.secondPower, let power = block.localOscillatorPower else { return .nan }
        let expected = ExpectedVacuum(
            vacuum: block.vacuum, dark: baseline.dark, ageing: 0, powerRatio: second.power / power,
            powerSigma: limits.powerSigma)
        return VarianceComparison(second.vacuum, against: expected).score
    }
}
