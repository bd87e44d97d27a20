// The standard library has no logarithm.
internal import Glibc
internal import QuadratureAnalysis

extension BlockJudge {
    func judgeSamples(_ rule: MonitorRule, _ block: BlockEvidence) -> RuleJudgement {
        let limit = limits.deviations(rule)
        switch rule {
        case .clippedSamples:
            let clipped = Double(block.signal.clipped + block.vacuum.clipped)
            // None is tolerated: one is an alarm. With none in n, clipping is rarer than ln(1000)/n (99.9 %), and what
            // such a part of the samples can have taken from the variance is at most about that part of it.
            let rarer = log(1_000) / Double(block.signal.samples)
            return .judge(
                rule, clipped, warn: 1, act: 1, residual: rarer * relativeVariance(block) * noisePerVacuum)
        case .signalMean:
            return .judge(rule, meanScore(block.signal, block.vacuum), warn: limit.warn, act: limit.act)
        case .vacuumMean:
            return .judge(rule, meanScore(block.vacuum, baseline.vacuum), warn: limit.warn, act: limit.act)
        case .signalKurtosis:
            return .judge(rule, block.signalShape?.kurtosisScore ?? .nan, warn: limit.warn, act: limit.act)
        case .vacuumKurtosis:
            return .judge(rule, block.vacuumShape?.kurtosisScore ?? .nan, warn: limit.warn, act: limit.act)
        case .varianceBalance: return judgeBalance(block, limit)
        default:
            let score = block.vacuumShape?.autocorrelationScore ?? .nan
            // Samples correlated by ρ carry n/(1 + 2ρ²) of them: the error of V_on is larger by ρ².
            return .judge(rule, score, warn: limit.warn, act: limit.act)
        }
    }

    private func relativeVariance(_ block: BlockEvidence) -> Double {
        block.signal.variance.value.value / baseline.vacuum.variance.value.value
    }

    /// The larger of both channels' differences of means, σ.
    private func meanScore(_ a: ReceiverMoments, _ b: ReceiverMoments) -> Double {
        func score(_ a: QuadratureMoments, _ b: QuadratureMoments) -> Double? {
            guard a.samples > 1, b.samples > 1 else { return nil }
            let (ofA, ofB) = (a.variance.value / Double(a.samples), b.variance.value / Double(b.samples))
            let (freeA, freeB) = (Double(a.samples - 1), Double(b.samples - 1))
            // Welch (1947): the degrees of freedom of two variances that need not be the same.
            let freedom = (ofA + ofB) * (ofA + ofB) / (ofA * ofA / freeA + ofB * ofB / freeB)
            return NormalScore.student((a.mean - b.mean) / (ofA + ofB).squareRoot(), freedom: freedom)
        }
        let both = [score(a.x, b.x), score(a.p, b.p)].compactMap { $0 }
        // A channel whose score is not a number is not hidden by the other's.
        guard !both.contains(where: \.isNaN) else { return .nan }
        return both.max { abs($0) < abs($1) } ?? .nan
    }

    /// V_x/V_p of the signal against V_x/V_p of the calibrated vacuum: a gain imbalance cancels.
    private func judgeBalance(_ block: BlockEvidence, _ limit: LimitPair) -> RuleJudgement {
        let imbalance = baseline.vacuum.x.variance.value / baseline.vacuum.p.variance.value
        let freedom = (Double(block.signal.x.samples - 1), Double(block.signal.p.samples - 1))
        // Both channels, not their sum: a hundred make the cube root's approximation good.
        guard min(block.signal.x.samples, block.signal.p.samples) >= 100 else {
            return .unavailable(.varianceBalance, [.signalSamples])
        }
        guard imbalance.isFinite else { return .unavailable(.varianceBalance, [.vacuumReference]) }
        let comparison = VarianceComparison(
            RawVariance(block.signal.x.variance.value / imbalance), freedom: freedom.0,
            against: block.signal.p.variance, freedom: freedom.1)
        // The calibration's ratio has an error of its own.
        let reference = (2 / Double(baseline.vacuum.x.samples) + 2 / Double(baseline.vacuum.p.samples)).squareRoot()
        let own = comparison.relativeSigma
        let total = (own * own + reference * reference).squareRoot()
        return .judge(
            .varianceBalance, comparison.score * own / total, warn: limit.warn, act: limit.act,
            // Excess in one quadrature alone counts half in the mean of both.
            residual: limit.warn * total / 2 * relativeVariance(block) * noisePerVacuum)
    }
}
