internal import Foundation
public import RawKeyMessages
internal import SwiftProtobuf
internal import UnitProtocol

/// Evidence of one end over one window, and what the rule makes of it.
public struct JudgedEvidence<Evidence: Sendable>: Sendable {
    /// What goes into the statement.
    public var evidence: Evidence
    /// Every quantity with its limits, for the statement.
    public var judged: [Cvqkd_Rawkey_V1_JudgedQuantity]
    /// What they amount to.
    public var verdict: EvidenceVerdict

    /// Whether there is enough of it. Without, nothing is released, and nothing is wrong.
    public var isSufficient: Bool {
        judged.allSatisfy { $0.passes || EvidenceQuantity(rawValue: $0.name)?.isSufficiency != true }
    }
    /// Whether the window may be released, as far as this end sees.
    public var passes: Bool { verdict == .passed }
}

/// Makes evidence of a window from what is public of its blocks.
public enum WindowEvidence {
    /// Bob's.
    ///
    /// - Parameters:
    ///   - cells: the window's blocks, in order.
    ///   - gaps: the window's other cells.
    ///   - alarms: of this end's monitors and calibrations over the window, those that stop key.
    public static func receiver(
        _ cells: [CellFacts], gaps: [Cvqkd_Rawkey_V1_GapCells] = [], reference: ReceiverReference,
        policy: EvidencePolicy, alarms: [String] = []
    ) -> JudgedEvidence<Cvqkd_Rawkey_V1_ReceiverEvidence> {
        var evidence = VacuumGathering(cells, isPair: reference.p != nil).evidence
        evidence.setReference(reference, policy)
        evidence.clippedSamples = total(cells, \.clippedSamples)
        evidence.doubtfulFrames = total(cells, \.doubtfulFrames)
        evidence.hiddenExcessNoise =
            (try? ReceiverRule.hiddenExcessNoise(evidence, deviations: policy.boundSigmas)) ?? .nan
        let judged: [Cvqkd_Rawkey_V1_JudgedQuantity]
        do throws(EvidenceError) {
            judged = try ReceiverRule.judge(evidence, held: cells.count, gaps: gaps, alarms: alarms, policy: policy)
        } catch {
            // More samples than can be counted.
            judged = [.with { ($0.name, $0.value) = (EvidenceQuantity.vacuumVarianceX.rawValue, .nan) }]
        }
        return JudgedEvidence(evidence: evidence, judged: judged, verdict: EvidenceVerdict(judged))
    }

    /// Alice's.
    ///
    /// - Parameters:
    ///   - cells: the window's blocks, in order.
    ///   - power: readings of her monitor photodiode over the window, W.
    ///   - training: moments of her training words over the same blocks, if somebody took them.
    public static func transmitter(
        _ cells: [CellFacts], power: [Double], training: TrainingMoments? = nil,
        gaps: [Cvqkd_Rawkey_V1_GapCells] = [], reference: TransmitterReference, policy: EvidencePolicy,
        alarms: [String] = []
    ) -> JudgedEvidence<Cvqkd_Rawkey_V1_TransmitterEvidence> {
        let count = Double(power.count)
        let mean = power.reduce(0, +) / count
        let spread = power.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let sigma = count > 1 ? (spread / (count - 1) / count).squareRoot() : 0
        let ratio = mean / reference.monitorPower.value
        let variance = reference.modulationVariance
        let relative = hypotenuse(
            sigma / mean,
            hypotenuse(reference.monitorPower.sigma / reference.monitorPower.value, variance.sigma / variance.value))
        var evidence = Cvqkd_Rawkey_V1_TransmitterEvidence()
        evidence.monitorPower = .init(ReferenceValue(mean, sigma: sigma))
        evidence.referencePower = .init(reference.monitorPower)
        evidence.modulationVariance = .init(
            ReferenceValue(variance.value * ratio, sigma: variance.value * ratio * relative))
        evidence.referenceVariance = .init(variance)
        // A reading that is not a number has to stay one.
        evidence.leastPower = power.contains(where: \.isNaN) ? .nan : power.min() ?? .nan
        evidence.mostPower = power.contains(where: \.isNaN) ? .nan : power.max() ?? .nan
        evidence.powerReadings = UInt64(power.count)
        evidence.trainingVariance = training?.variance ?? 0
        evidence.trainingSamples = training?.samples ?? 0
        evidence.referenceTrainingVariance = reference.trainingVariance ?? 0
        evidence.clippedSamples = total(cells, \.clippedSamples)
        evidence.doubtfulFrames = total(cells, \.doubtfulFrames)
        let judged = TransmitterRule.judge(evidence, held: cells.count, gaps: gaps, alarms: alarms, policy: policy)
        return JudgedEvidence(evidence: evidence, judged: judged, verdict: EvidenceVerdict(judged))
    }

    /// The window's blocks for a statement.
    public static func held(_ cells: [CellFacts]) -> [Cvqkd_Rawkey_V1_HeldCell] {
        cells.map { cell in
            .with {
                ($0.cell, $0.digest, $0.kinds) = (cell.cell, Data(cell.digest), cell.kinds.message)
            }
        }
    }

    private static func total(_ cells: [CellFacts], _ part: KeyPath<CellFacts, UInt64>) -> UInt64 {
        cells.reduce(0) { total, cell in
            let (sum, overflowed) = total.addingReportingOverflow(cell[keyPath: part])
            return overflowed ? .max : sum
        }
    }
}

extension KindTable {
    /// As it stands in headers and statements. What is not raw key, training, vacuum or dark has no kind there.
    public var message: [Cvqkd_Rawkey_V1_KindRun] {
        var message: [Cvqkd_Rawkey_V1_KindRun] = []
        for run in runs {
            let kind: Cvqkd_Rawkey_V1_SymbolKind =
                switch run.kind {
                case .signal: .signal
                case .training: .training
                case .vacuum: .vacuum
                case .dark: .dark
                default: .unspecified
                }
            if let last = message.indices.last, message[last].kind == kind {
                message[last].symbols += run.count
            } else {
                message.append(.with { ($0.kind, $0.symbols) = (kind, run.count) })
            }
        }
        return message
    }
}

extension Cvqkd_Rawkey_V1_Estimate {
    init(_ value: ReferenceValue) {
        self.init()
        (self.value, sigma) = (value.value, value.sigma)
    }
}
