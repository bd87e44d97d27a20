// The standard library has no logarithm.
internal import Glibc
internal import QuadratureAnalysis

extension BlockJudge {
    func judgeSensors(_ rule: MonitorRule, _ block: BlockEvidence) -> Finding {
        func value(_ sensor: Sensor) -> Double { block.sensors[sensor] ?? .nan }
        func relative(_ sensor: Sensor) -> Double { value(sensor) / (baseline.sensors[sensor] ?? .nan) - 1 }
        func limited(_ statistic: Double, _ pair: LimitPair) -> Finding {
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
        case .shutterReadBack: return limited(1 - value(.shutterClosed), LimitPair(warn: 0.5, act: 0.5))
        case .wordMean:
            return .judge(rule, block.words?.meanScore ?? .nan, warn: limit.warn, act: limit.act)
        case .wordRepeats: return judgeRepeats(block)
        case .basisBalance:
            return .judge(rule, block.basis?.score ?? .nan, warn: limit.warn, act: limit.act)
        default: return judgeLeak(block, limit)
        }
    }

    /// Coincidences are Poisson distributed; twice the root is normal enough above one or two of them, and below, where
    /// one coincidence more is no alarm, it errs on the safe side of false alarms by the ½.
    private func judgeRepeats(_ block: BlockEvidence) -> Finding {
        guard let words = block.words else { return .unavailable(.wordRepeats, [.words]) }
        let limit = limits.deviations(.wordRepeats)
        let (seen, expected) = (Double(words.repeats), words.expectedRepeats)
        let score = 2 * ((max(0, seen - 0.5)).squareRoot() - (expected + 0.25).squareRoot())
        return .judge(.wordRepeats, score, warn: limit.warn, act: limit.act)
    }

    /// |ĝ|² is exponentially distributed without a leak: P(|ĝ|/σ > s) = e^(−s²/2), put on the normal scale.
    private func judgeLeak(_ block: BlockEvidence, _ limit: LimitPair) -> Finding {
        guard let leak = block.leak else { return .unavailable(.shutterLeak, [.vacuumAgainstWords]) }
        let half = leak.significance * leak.significance / 2
        let score = half > 650 ? (2 * half).squareRoot() : NormalDistribution.upperQuantile(tail: exp(-half))
        // A leak just below the limit: |g|² of s² units of one component's variance.
        let hidden = -2 * log(limits.warnBudget.probabilityPerTest) * leak.unit
        return .judge(
            .shutterLeak, score, warn: limit.warn, act: limit.act,
            residual: hidden * baseline.sensitivity.modulationVariance.value)
    }
}
