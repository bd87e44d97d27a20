// The standard library has no logarithm.
internal import Glibc
internal import QuadratureAnalysis

extension Symptoms {
    /// Reads the symptoms from a block's findings.
    ///
    /// A symptom counts from the warning limit on: a diagnosis is only asked for after something was raised, and then the
    /// weaker signs beside it matter.
    public init(_ verdict: MonitorVerdict, _ block: BlockEvidence, _ judge: BlockJudge) {
        self.init()
        func raised(_ rule: MonitorRule) -> Bool? {
            guard let finding = verdict.finding(rule), finding.outcome.isJudged else { return nil }
            return finding.action != .none
        }
        func any(_ rules: MonitorRule...) -> Bool? {
            let known = rules.compactMap(raised)
            return known.isEmpty ? nil : known.contains(true)
        }
        func above(_ rule: MonitorRule) -> Bool? {
            raised(rule).map { $0 && (verdict.finding(rule)?.statistic ?? 0) > 0 }
        }
        // Where the two ends count different symbols, T̂ and ξ̂ say nothing of the channel.
        let isSlipped = block.lostSync == true
        note(.correlationLost, block.lostSync)
        note(.lossRose, isSlipped ? nil : above(.transmittance))
        note(.lossFell, isSlipped ? nil : raised(.transmitterStrongerThanCharacterised))
        noteSync(block, judge, hasLoss: present.contains(.lossRose))
        note(.vacuumMoved, raised(.vacuumVariance))
        note(.vacuumRose, above(.vacuumVariance))
        note(.powerMoved, raised(.localOscillatorPower))
        note(.perPowerMoved, raised(.vacuumPerPower))
        note(.vacuumFollowsWords, raised(.shutterLeak))
        note(.excessRose, isSlipped ? nil : raised(.excessNoise))
        note(.excessNegative, isSlipped ? nil : raised(.negativeExcessNoise))
        note(.clipped, raised(.clippedSamples))
        note(.meanMoved, raised(.signalMean))
        note(.foreignLightAtBob, any(.photocurrent, .receiverInput))
        note(.foreignLightAtAlice, raised(.transmitterInput))
        note(.modulatorOff, any(.modulatorBias, .transmitterPower))
        note(
            .receiverMoved,
            any(
                .electronicVariance, .vacuumMean, .vacuumKurtosis, .signalKurtosis, .varianceBalance, .autocorrelation))
        note(.shutterOpen, raised(.shutterReadBack))
        note(.randomnessUnwell, any(.transmitterEntropy, .receiverEntropy, .wordMean, .wordRepeats, .basisBalance))
        // ξ̂ is raised and the launch power in use accounts for it.
        if present.contains(.excessRose), let coexistence = raised(.coexistence) {
            note(.launchPowerExplains, !coexistence)
        }
    }

    /// Bends cost long wavelengths more: a synchronisation channel at a shorter one loses a fraction of what the quantum
    /// channel loses. Dirt on a connector costs both about alike.
    private mutating func noteSync(_ block: BlockEvidence, _ judge: BlockJudge, hasLoss: Bool) {
        guard hasLoss, let now = block.sensors[.syncPower], let then = judge.baseline.sensors[.syncPower],
            let transmittance = block.transmittance, let commissioned = judge.baseline.transmittance, now > 0, then > 0,
            transmittance.value.value > 0
        else { return }
        let quantum = 10 * log10(commissioned.value.value / transmittance.value.value)
        let share = 10 * log10(then / now) / quantum
        note(.syncLostAlike, share > 0.6)
        note(.syncLostLess, share > 0.02 && share <= 0.6)
        note(.syncKept, share <= 0.02)
    }
}
