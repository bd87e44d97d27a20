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
        // Where the two ends count different symbols, T̂ and ξ̂ say nothing of the channel.
        let isSlipped = block.lostSync == true
        for finding in verdict.findings where finding.outcome.isJudged {
            if isSlipped, Self.ofTheChannel.contains(finding.rule) { continue }
            // The session's own first windows cannot show what was wrong from the start.
            note(finding, canBeAbsent: judge.baseline.source(of: finding.rule) != .firstWindows)
        }
        noteSlip(block)
        noteSync(block, judge)
        noteLeak(block)
        // Noise below the shot noise, beside a V_on that is the calibrated one: it is not V_on that became too large.
        if present.contains(.excessNegative), absent.isSuperset(of: [.vacuumRose, .vacuumFell]) {
            note(.vacuumKept, true)
        }
        // ξ̂ is raised and the launch power in use accounts for it.
        if present.contains(.excessRose), let coexistence = verdict.finding(.coexistence),
            coexistence.outcome.isJudged
        {
            note(.launchPowerExplains, coexistence.action == .none)
        }
    }

    /// Rules that judge T̂ or ξ̂.
    private static let ofTheChannel: Set<MonitorRule> = [
        .transmittance, .transmitterStrongerThanCharacterised, .excessNoise, .negativeExcessNoise, .coexistence,
    ]

    /// One rule's finding: which symptom it shows, on which side, and how large; or that it shows none.
    private mutating func note(_ finding: RuleJudgement, canBeAbsent: Bool) {
        let (above, below) = finding.rule.symptoms
        let sides = [above, below].compactMap { $0 }
        guard finding.action != .none else {
            // Another rule may have shown the same symptom.
            for symptom in sides where canBeAbsent && !present.contains(symptom) { note(symptom, false) }
            return
        }
        // ξ̂ far below 0 is told with the sign of ξ̂.
        let statistic = finding.rule == .negativeExcessNoise ? -finding.statistic : finding.statistic
        let size = SymptomSize(
            statistic, limit: finding.warnLimit, isDeviations: finding.rule.card.isStatistical)
        let seen = finding.statistic.isNaN ? .notANumber : finding.statistic < 0 ? below ?? above : above
        note(seen, size)
        guard seen != .notANumber else { return }
        for symptom in sides where symptom != seen && !present.contains(symptom) { note(symptom, false) }
    }

    /// Another delay that the search found makes a slip certain, by as much as it stands out.
    private mutating func noteSlip(_ block: BlockEvidence) {
        guard block.lostSync == true else { return }
        note(.delayMoved, block.slip != nil)
        guard let slip = block.slip else { return }
        note(.correlationLost, SymptomSize(slip.significance, limit: slip.threshold, isDeviations: true))
    }

    /// A shutter that leaks lets a part through; one that is stuck, all.
    private mutating func noteLeak(_ block: BlockEvidence) {
        guard present.contains(.vacuumFollowsWords), let leak = block.leak else { return }
        note(.leakIsWhole, leak.relative.value.value > 0.5)
    }

    /// Bends cost long wavelengths more: a synchronisation channel at a shorter one loses a fraction of what the quantum
    /// channel loses. Dirt on a connector costs both about alike.
    ///
    /// Both losses count from the same time: a sync channel that a session found as it is now has lost nothing since, whatever
    /// the fibre lost since the commissioning.
    private mutating func noteSync(_ block: BlockEvidence, _ judge: BlockJudge) {
        guard present.contains(.lossRose), let now = block.sensors[.syncPower],
            let then = judge.baseline.sensors[.syncPower],
            judge.baseline.sources[.syncPower] == judge.baseline.sources[.commissionedTransmittance],
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

extension MonitorRule {
    /// What a statistic above its limit shows, and what one below shows; nil where that is the same. No rule is left
    /// without: what is raised asks for a cause.
    var symptoms: (above: Symptom, below: Symptom?) {
        switch self {
        case .vacuumVariance: (.vacuumRose, .vacuumFell)
        case .vacuumPerPower: (.perPowerRose, .perPowerFell)
        case .electronicVariance: (.darkMoved, nil)
        case .localOscillatorPower: (.powerMoved, nil)
        case .oscillatorLinearity: (.vacuumNotLinear, nil)
        case .synchronisation: (.correlationLost, nil)
        case .transmittance: (.lossRose, .lossFell)
        case .transmitterStrongerThanCharacterised: (.lossFell, nil)
        case .negativeExcessNoise: (.excessNegative, nil)
        case .excessNoise, .coexistence: (.excessRose, nil)
        case .clippedSamples: (.clipped, nil)
        case .signalMean: (.meanMoved, nil)
        case .receiverInput, .photocurrent: (.foreignLightAtBob, nil)
        case .transmitterInput: (.foreignLightAtAlice, nil)
        case .modulatorBias, .transmitterPower: (.modulatorOff, nil)
        case .shutterReadBack: (.shutterOpen, nil)
        case .shutterLeak: (.vacuumFollowsWords, nil)
        case .transmitterEntropy, .receiverEntropy, .wordMean, .wordRepeats, .basisBalance: (.randomnessUnwell, nil)
        default: (.receiverMoved, nil)
        }
    }
}
