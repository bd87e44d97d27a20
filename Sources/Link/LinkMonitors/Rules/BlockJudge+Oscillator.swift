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
            let change = shotNoisePerPower(block)
            let expected = ExpectedVacuum(
                vacuum: baseline.vacuum, dark: baseline.dark, ageing: baseline.ageing,
                powerRatio: (block.localOscillatorPower ?? .nan) / (baseline.localOscillatorPower ?? .nan),
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

    /// (V_on − V_off)/P_LO against the calibration's, less 1.
    func shotNoisePerPower(_ block: BlockEvidence) -> Estimate<Ratio> {
        let (now, then, off) = (
            block.vacuum.variance, baseline.vacuum.variance(baseline.ageing), baseline.dark.variance.value.value
        )
        let (shot, shotThen) = (now.value.value - off, then.value.value - off)
        let ratio =
            shot / shotThen * (baseline.localOscillatorPower ?? .nan) / (block.localOscillatorPower ?? .nan)
        let relative =
            (now.sigma.value / shot) * (now.sigma.value / shot)
            + (then.sigma.value / shotThen) * (then.sigma.value / shotThen) + 2 * limits.powerSigma * limits.powerSigma
        return Estimate(Ratio(ratio - 1), sigma: Ratio(abs(ratio) * relative.squareRoot()), samples: now.samples)
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
