// The standard library has no logarithm.
internal import Glibc
public import QuadratureAnalysis

extension BlockJudge {
    func judgeChannel(_ rule: MonitorRule, _ block: BlockEvidence) -> RuleJudgement {
        guard let transmittance = block.transmittance else { return .unavailable(rule, [.transmittanceEstimate]) }
        if rule == .transmittance { return judgeLoss(transmittance) }
        if rule == .transmitterStrongerThanCharacterised { return judgeStrength(transmittance) }
        guard let excess = block.excessNoise else { return .unavailable(rule, [.channelEstimate]) }
        let limit = limits.deviations(rule)
        let sigma = excess.sigma.value
        switch rule {
        case .negativeExcessNoise:
            return .judge(
                rule, -score(block, excess, above: 0), warn: limit.warn, act: limit.act, residual: limit.warn * sigma)
        case .excessNoise:
            let noise = limits.excessNoise
            // Nobody has said what the link may have: there is nothing to compare ξ̂ with.
            guard !noise.warn.isNaN, !noise.act.isNaN else { return .unavailable(rule, []) }
            let statistic = score(block, excess, above: noise.warn)
            // One statistic and two limits of noise: beyond the second if it would be beyond by a comparison with that.
            let act = limit.act + statistic - score(block, excess, above: noise.act)
            return .judge(
                rule, statistic, warn: limit.warn, act: max(limit.warn, act), residual: noise.warn + limit.warn * sigma)
        default:
            let expected =
                RamanNoise.atOutput(spontaneousPower: block.sensors[.classicalPower] ?? .nan).value
                / transmittance.value.value
            let own = max(0, limits.excessNoise.warn.isNaN ? 0 : limits.excessNoise.warn)
            // The Raman coefficient is known to a tenth at best.
            return .judge(
                rule, score(block, excess, above: own + expected, spread: 0.1 * expected), warn: limit.warn,
                act: limit.act)
        }
    }

    /// ξ̂ against a value, as a standard normal score, positive above. Without the variances that ξ̂ is the difference of it
    /// is the plain (ξ̂ − value)/σ.
    private func score(
        _ block: BlockEvidence, _ excess: Estimate<ExcessNoise<Plane.Input>>, above value: Double, spread: Double = 0
    ) -> Double {
        if let residual = block.residual { return residual.score(above: value, spread: spread) }
        let sigma = excess.sigma.value
        return (excess.value.value - value) / (sigma * sigma + spread * spread).squareRoot()
    }

    /// T̂ above T. The root of T̂ is the gain, which is normal where T̂ itself is skewed.
    private func judgeStrength(_ now: Estimate<Transmittance>) -> RuleJudgement {
        let rule = MonitorRule.transmitterStrongerThanCharacterised
        let limit = limits.deviations(rule)
        guard let then = baseline.transmittance else { return .unavailable(rule, [.commissionedTransmittance]) }
        guard now.value.value > 0 else {
            // Less than nothing is not above anything; what is not a number may be.
            return .judge(rule, now.value.value <= 0 ? 0 : .nan, warn: limit.warn, act: limit.act)
        }
        // Nothing can be above a reference that is none.
        guard then.value.value > 0 else { return .judge(rule, .nan, warn: limit.warn, act: limit.act) }
        let (root, expected) = (now.value.value.squareRoot(), then.value.value.squareRoot())
        let (first, second) = (now.sigma.value / (2 * root), then.sigma.value / (2 * expected))
        return .judge(
            rule, (root - expected) / (first * first + second * second).squareRoot(), warn: limit.warn, act: limit.act)
    }

    /// The rise of the loss in dB, reduced by its statistical error, so that a short block does not cry wolf.
    private func judgeLoss(_ now: Estimate<Transmittance>) -> RuleJudgement {
        let rule = MonitorRule.transmittance
        guard let then = baseline.transmittance else {
            return .judge(rule, .nan, warn: limits.loss.warn, act: limits.loss.act)
        }
        if let least = leastLoss(now, then) {
            return .judge(rule, max(0, least), warn: limits.loss.warn, act: limits.loss.act)
        }
        let change = 10 * log10(then.value.value / now.value.value)
        let relative =
            ((now.sigma.value / now.value.value) * (now.sigma.value / now.value.value)
            + (then.sigma.value / then.value.value) * (then.sigma.value / then.value.value)).squareRoot()
        let error = Decibels(relativeSigma: relative).value * limits.warnBudget.threshold(.two)
        // What is not a number must not pass for a change within its error.
        guard change.isFinite, error.isFinite else {
            return .judge(rule, .nan, warn: limits.loss.warn, act: limits.loss.act)
        }
        // A loss that fell is no tap: `judgeStrength` looks at it.
        let beyond = max(0, change - error)
        // T̂ = T/r with an assumed N0: a change of w dB can be r = 10^(w/10), which hides (r − 1)/(μ′ηT).
        let ratio = pow(10, (limits.loss.warn + error) / 10)
        return .judge(
            rule, beyond, warn: limits.loss.warn, act: limits.loss.act,
            residual: (ratio - 1) * baseline.sensitivity.inputPerDetector)
    }
}

extension BlockJudge {
    /// What is lost at least, dB, where T̂ does not stand out from 0 and a logarithm of it says nothing: the least that T
    /// may have been over the most that it may be now. Nil where T̂ stands out, or is not a number.
    private func leastLoss(_ now: Estimate<Transmittance>, _ then: Estimate<Transmittance>) -> Double? {
        let deviations = limits.warnBudget.threshold(.two)
        let error = deviations * now.sigma.value
        guard error > 0, error.isFinite, now.value.value <= error else { return nil }
        let loss = 10 * log10((then.value.value - deviations * then.sigma.value) / (max(0, now.value.value) + error))
        return loss.isFinite ? loss : nil
    }
}

/// Spontaneous Raman scattering of classical channels into the signal's mode.
public enum RamanNoise {
    /// ξ_out = 2λ³p/(hc²), SNU at the output, with p the spontaneous power density in the polarisation of the local
    /// oscillator, W per m of wavelength, at λ = 1550 nm (physics.md §5).
    public static func atOutput(density: Double, wavelength: Double = 1.55e-6) -> ExcessNoise<Plane.Output> {
        ExcessNoise(2 * wavelength * wavelength * wavelength * density / (6.626_070_15e-34 * 8.987_551_787_368_176e16))
    }

    /// The same for a launch power in W, scaled from the figure of physics.md: .0025 SNU at the input for 0 dBm
    /// co-propagating over 20 km (4 dB), which is .001 at the output.
    public static func atOutput(spontaneousPower launch: Double) -> ExcessNoise<Plane.Output> {
        ExcessNoise(0.0025 * 0.398_107 * launch / 1e-3)
    }
}
