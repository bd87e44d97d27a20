internal import QuadratureAnalysis

extension BlockJudge {
    func judgeSensors(_ rule: MonitorRule, _ block: BlockEvidence) -> RuleJudgement {
        func value(_ sensor: Sensor) -> Double { block.sensors[sensor] ?? .nan }
        func relative(_ sensor: Sensor) -> Double { value(sensor) / (baseline.sensors[sensor] ?? .nan) - 1 }
        func limited(_ statistic: Double, _ pair: LimitPair) -> RuleJudgement {
            .judge(rule, statistic, warn: pair.warn, act: pair.act)
        }
        let limit = limits.deviations(rule)
        switch rule {
        case .receiverInput: return limited(value(.receiverInputPower), limits.receiverInput)
        case .transmitterInput: return limited(value(.transmitterInputPower), limits.transmitterInput)
        case .photocurrent:
            let power = (block.localOscillatorPower ?? .nan) / (baseline.localOscillatorPower ?? .nan)
            return limited((1 + relative(.photocurrent)) / power - 1, limits.photocurrent)
        case .modulatorBias: return limited(value(.biasError), limits.modulatorBias)
        case .transmitterPower: return limited(relative(.monitorPower), limits.transmitterPower)
        case .transmitterEntropy: return limited(1 - value(.transmitterEntropy), limits.entropy)
        case .receiverEntropy: return limited(1 - value(.receiverEntropy), limits.entropy)
        case .shutterReadBack: return judgeReadBack(block, limit)
        case .wordMean:
            return .judge(rule, block.words?.meanScore ?? .nan, warn: limit.warn, act: limit.act)
        case .wordRepeats: return judgeRepeats(block)
        case .basisBalance:
            return .judge(rule, block.basis?.score ?? .nan, warn: limit.warn, act: limit.act)
        default: return judgeLeak(block, limit)
        }
    }

    private func judgeRepeats(_ block: BlockEvidence) -> RuleJudgement {
        guard let words = block.words else { return .unavailable(.wordRepeats, [.words]) }
        let limit = limits.deviations(.wordRepeats)
        let score = NormalScore.poisson(words.repeats, mean: words.expectedRepeats)
        return .judge(.wordRepeats, score, warn: limit.warn, act: limit.act)
    }

    /// Quiet counts once a shutter that never closes would have been noticed.
    private func judgeReadBack(_ block: BlockEvidence, _ limit: LimitPair) -> RuleJudgement {
        guard let readBack = block.readBack else { return .unavailable(.shutterReadBack, [.shutterReadBack]) }
        return RuleJudgement.judge(.shutterReadBack, readBack.score, warn: limit.warn, act: limit.act)
            .quietOnly(if: readBack.canShow(tail: limits.warnBudget.probabilityPerTest), .shutterReadBack)
    }

    /// Quiet counts once a leak of `limits.shutterLeak` would have been noticed; a leak that stands out counts at once.
    private func judgeLeak(_ block: BlockEvidence, _ limit: LimitPair) -> RuleJudgement {
        guard let leak = block.leak else { return .unavailable(.shutterLeak, [.vacuumAgainstWords]) }
        let visible = leak.visible(tail: limits.warnBudget.probabilityPerTest)
        return RuleJudgement.judge(
            .shutterLeak, leak.score, warn: limit.warn, act: limit.act,
            residual: visible * baseline.sensitivity.modulationVariance.value
        ).quietOnly(if: visible <= limits.shutterLeak, .vacuumAgainstWords)
    }
}
