public import RawKeyMessages

/// What rule version 1 judges, by the name that stands in statements. docs/evidence.md has units and formulas.
public enum EvidenceQuantity: String, Sendable, CaseIterable {
    /// V_on per channel, LSB².
    case vacuumVarianceX, vacuumVarianceP
    /// Shot noise per power of the local oscillator, over what it was.
    case shotNoisePerPowerX, shotNoisePerPowerP
    /// V_on of the first half over that of the second, less 1.
    case driftX, driftP
    /// The greatest step of V_on between cells, in standard deviations.
    case changePointX, changePointP
    /// Mean less its reference, in standard deviations of a sample.
    case meanX, meanP
    /// Fourth central moment over the square of the second.
    case kurtosisX, kurtosisP
    /// Correlation of neighbours.
    case correlationX, correlationP
    /// V_off from dark slots, LSB².
    case electronicVarianceX, electronicVarianceP
    /// Least and greatest power of the local oscillator over its reference.
    case localOscillatorLeast, localOscillatorMost
    /// Mean, least and greatest power at Alice's monitor over its reference.
    case transmitterPower, transmitterPowerLeast, transmitterPowerMost
    /// V_A that follows, SNU.
    case modulationVariance
    /// Variance of training words over what it should be.
    case trainingVariance
    /// Clipped samples.
    case clippedSamples
    /// Frames with an unlocked clock or an overflow.
    case doubtfulFrames
    /// Share of cells without a block, per cause.
    case gapShareLost, gapShareUndeclared, gapShareNoRoom, gapShareEnded, gapShareOtherEnd
    /// Alarms that stop key.
    case alarms
    /// Samples of vacuum, both quadratures counted together.
    case vacuumSamples
    /// Cells with a block.
    case heldCells
    /// Excess noise at the channel's input that an error of V_on could hide, SNU.
    case hiddenExcessNoise
    /// Readings of Alice's monitor.
    case powerReadings

    /// Whether too little of it means that a window is *insufficient*: nothing is wrong, there is not enough.
    public var isSufficiency: Bool {
        switch self {
        case .vacuumSamples, .heldCells, .hiddenExcessNoise, .powerReadings: true
        default: false
        }
    }

    /// The unit in a table; empty for a ratio or a number of things.
    public var unit: String {
        switch self {
        case .vacuumVarianceX, .vacuumVarianceP, .electronicVarianceX, .electronicVarianceP: "LSB^2"
        case .modulationVariance, .hiddenExcessNoise: "SNU"
        case .changePointX, .changePointP: "sigma"
        default: ""
        }
    }
}

/// What evidence amounts to.
public enum EvidenceVerdict: Sendable, Hashable {
    /// All quantities are within their limits.
    case passed
    /// There is too little of it, and nothing else is wrong.
    case insufficient([String])
    /// These quantities are outside their limits.
    case failed([String])

    /// Of judged quantities.
    public init(_ judged: [Cvqkd_Rawkey_V1_JudgedQuantity]) {
        let outside = judged.filter { !$0.passes }.map(\.name)
        let wrong = outside.filter { EvidenceQuantity(rawValue: $0)?.isSufficiency != true }
        self = outside.isEmpty ? .passed : wrong.isEmpty ? .insufficient(outside) : .failed(wrong)
    }
}
