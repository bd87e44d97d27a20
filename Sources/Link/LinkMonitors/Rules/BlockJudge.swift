internal import QuadratureAnalysis

/// Judges blocks by every rule. A pure function of baseline, limits and evidence.
public struct BlockJudge: Sendable {
    /// Samples below which the shape of a distribution is not judged. At 20,000 the false-alarm probability of the
    /// kurtosis score is within a factor of 3 of its budget at 6.4 σ; at 2,500 it is two hundred times too large
    /// (`ExactTailTests`).
    public static let leastShape: Int64 = 20_000

    /// What blocks are compared with.
    public var baseline: LinkBaseline
    /// Where warnings and actions begin.
    public var limits: MonitorLimits

    /// Monitors of one link.
    public init(baseline: LinkBaseline, limits: MonitorLimits) {
        self.baseline = baseline
        self.limits = limits
    }

    /// Every rule's finding, in the rules' order. None is left out: what cannot be judged is `unavailable`.
    public func judge(_ block: BlockEvidence) -> MonitorVerdict {
        MonitorVerdict(findings: MonitorRule.allCases.map { judge($0, block) })
    }

    /// One rule's finding.
    public func judge(_ rule: MonitorRule, _ block: BlockEvidence) -> RuleJudgement {
        let missing = rule.card.evidence.filter { !has($0, block) }
        guard missing.isEmpty else {
            // What the receiver does not do is the whole reason: nothing else is missing for it.
            let whole = missing.filter(\.isOfTheReceiver)
            return .unavailable(rule, whole.isEmpty ? missing : whole)
        }
        return switch rule {
        case .vacuumVariance, .vacuumPerPower, .electronicVariance, .localOscillatorPower, .oscillatorLinearity:
            judgeOscillator(rule, block)
        case .transmittance, .transmitterStrongerThanCharacterised, .negativeExcessNoise, .excessNoise, .coexistence:
            judgeChannel(rule, block)
        case .synchronisation:
            // Not by statistics of this block: the search for the delay has its own threshold (`AlignmentSearch`).
            .judge(rule, block.lostSync == true ? 1 : 0, warn: 0.5, act: 0.5)
        case .clippedSamples, .signalMean, .vacuumMean, .signalKurtosis, .vacuumKurtosis, .varianceBalance,
            .autocorrelation:
            judgeSamples(rule, block)
        default: judgeSensors(rule, block)
        }
    }

    private func has(_ kind: EvidenceKind, _ block: BlockEvidence) -> Bool {
        func sensor(_ sensor: Sensor) -> Bool { block.sensors[sensor].map { !$0.isNaN } ?? false }
        func known(_ sensor: Sensor) -> Bool { baseline.sensors[sensor].map { !$0.isNaN } ?? false }
        // A variance and its error need some samples; a hundred make the cube root's approximation good.
        func enough(_ moments: ReceiverMoments) -> Bool { moments.samples >= 100 }
        return switch kind {
        case .vacuumSamples: enough(block.vacuum)
        case .vacuumReference: enough(baseline.vacuum)
        case .darkSamples: enough(baseline.dark)
        case .darkBlock: enough(block.dark)
        case .signalSamples: enough(block.signal)
        case .signalShape: block.signalShape.map { $0.samples >= Self.leastShape } ?? false
        case .vacuumShape: block.vacuumShape.map { $0.samples >= Self.leastShape } ?? false
        case .channelEstimate: block.excessNoise != nil && block.transmittance != nil
        case .transmittanceEstimate: block.transmittance != nil
        case .commissionedTransmittance: baseline.transmittance != nil
        case .localOscillatorPower: block.localOscillatorPower.map { $0 > 0 } ?? false
        case .localOscillatorReference: baseline.localOscillatorPower.map { $0 > 0 } ?? false
        case .bothQuadratures: baseline.sensitivity.detection == .heterodyne
        case .basisChoice: baseline.sensitivity.detection == .homodyne
        case .receiverWatchdog: sensor(.receiverInputPower)
        case .photocurrent: sensor(.photocurrent)
        case .photocurrentReference: known(.photocurrent)
        case .transmitterWatchdog: sensor(.transmitterInputPower)
        case .biasError: sensor(.biasError)
        case .monitorPower: sensor(.monitorPower)
        case .monitorReference: known(.monitorPower)
        case .transmitterEntropy: sensor(.transmitterEntropy)
        case .receiverEntropy: sensor(.receiverEntropy)
        case .words: block.words.map { $0.symbols >= 1_000 } ?? false
        case .basis: block.basis.map { $0.x + $0.p >= 1_000 } ?? false
        case .shutterReadBack: (block.readBack?.readings ?? 0) > 0
        case .vacuumAgainstWords: block.leak != nil
        case .syncPower: sensor(.syncPower) && known(.syncPower)
        case .classicalPower: sensor(.classicalPower)
        case .secondPower: block.secondPower != nil
        case .alignedTraining: block.lostSync != nil
        }
    }
}

/// What all rules found in a block.
public struct MonitorVerdict: Sendable, Hashable {
    /// In the rules' order.
    public var findings: [RuleJudgement]

    /// Findings that were made elsewhere.
    public init(findings: [RuleJudgement]) { self.findings = findings }

    /// The severest action that is asked for.
    public var action: MonitorAction { findings.map(\.action).max() ?? .none }

    /// Findings at or beyond a limit, severest first.
    public var raised: [RuleJudgement] {
        findings.filter { $0.action != .none }.sorted { $0.action > $1.action }
    }

    /// Rules that could not be judged.
    public var unavailable: [MonitorRule] {
        findings.compactMap { if case .unavailable = $0.outcome { $0.rule } else { nil } }
    }

    /// The same, with the findings of another end for the rules that could not be judged here.
    public func completed(by others: [RuleJudgement]) -> MonitorVerdict {
        let theirs = Dictionary(others.map { ($0.rule, $0) }) { first, _ in first }
        return MonitorVerdict(findings: findings.map { $0.isJudged ? $0 : theirs[$0.rule] ?? $0 })
    }

    /// The finding of a rule.
    public func finding(_ rule: MonitorRule) -> RuleJudgement? { findings.first { $0.rule == rule } }
}
