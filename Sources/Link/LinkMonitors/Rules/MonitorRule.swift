/// The monitors of a link: physics.md §5 as rules.
public enum MonitorRule: String, Sendable, Hashable, CaseIterable {
    /// V_on of the block against the calibration's.
    case vacuumVariance
    /// (V_on − V_off)/P_LO against the calibration's.
    case vacuumPerPower
    /// V_off of the block against the calibration's.
    case electronicVariance
    /// Power of the local oscillator against the calibration's.
    case localOscillatorPower
    /// Training correlates at the known delay.
    case synchronisation
    /// Loss above the commissioned one.
    case transmittance
    /// T̂ above the commissioned T: a fall of the loss is no tap, and may be more light from Alice than V_A says.
    case transmitterStrongerThanCharacterised
    /// ξ̂ far below 0.
    case negativeExcessNoise
    /// ξ̂ above the limit of the link.
    case excessNoise
    /// Samples at the converter's limits.
    case clippedSamples
    /// Means with the shutter open against means with it closed.
    case signalMean
    /// Means with the shutter closed against the calibration's.
    case vacuumMean
    /// Kurtosis of the samples with the shutter open.
    case signalKurtosis
    /// Kurtosis of vacuum samples.
    case vacuumKurtosis
    /// Variances of Bob's two quadratures against each other, as calibrated.
    case varianceBalance
    /// Correlation of neighbouring vacuum samples.
    case autocorrelation
    /// Light into Bob's receiver.
    case receiverInput
    /// Photocurrent against that of the local oscillator alone.
    case photocurrent
    /// Light into Alice's transmitter.
    case transmitterInput
    /// Bias error of Alice's modulator.
    case modulatorBias
    /// Alice's monitor photodiode against its calibration.
    case transmitterPower
    /// Entropy health of Alice's unit.
    case transmitterEntropy
    /// Entropy health of Bob's unit.
    case receiverEntropy
    /// Mean of Alice's words.
    case wordMean
    /// Repetition among Alice's words.
    case wordRepeats
    /// Bob's bases, equally often.
    case basisBalance
    /// Shutter read-back against the slots that Bob made vacuum or dark.
    case shutterReadBack
    /// Vacuum samples that follow Alice's words.
    case shutterLeak
    /// ξ̂ against the launch power of classical channels.
    case coexistence
    /// V_on proportional to the power of the local oscillator: a partial check on forged vacuum.
    case oscillatorLinearity
}

/// What a rule is: constant, printed beside every verdict, and the table of `docs/monitors.md`.
public struct RuleCard: Sendable, Hashable {
    /// The threat that it watches for.
    public var watchesFor: String
    /// The statistic, and its unit.
    public var statistic: String
    /// What it needs.
    public var evidence: [EvidenceKind]
    /// What an alarm asks for.
    public var action: MonitorAction
    /// Whether the limits are σ from the budget, or engineering limits.
    public var isStatistical: Bool
    /// Suspicious sides.
    public var sides: FalseAlarmBudget.Sides
    /// Tests per block that draw on the budget.
    public var tests: Int
    /// What it can promise.
    public var detectability: Detectability
    /// Why no session can feed it: then it is judged on a bench only. Nil if a session judges it.
    public var benchOnly: String?
}

extension MonitorRule {
    /// Suspicious sides.
    public var sides: FalseAlarmBudget.Sides { card.sides }

    /// Whether no session can feed it.
    public var isBenchOnly: Bool { card.benchOnly != nil }

    /// Statistical tests that all rules make on a block: what a budget is spread over.
    public static let tests = allCases.reduce(0) { $0 + $1.card.tests }
}
