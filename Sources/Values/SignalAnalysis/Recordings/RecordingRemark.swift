public import QuadratureAnalysis
internal import ReadableText

/// What a person should know before the numbers: no reason to refuse a recording, and none to be silent.
public enum RecordingRemark: Sendable, Hashable {
    /// The samples come from an emulated unit.
    case emulated(name: String)
    /// Symbols were lost while the recording was made.
    case lost(name: String, symbols: Int64)
    /// Nobody says which quadrature a homodyne Bob measured.
    case basisTakenAsConstant
    /// The samples of a channel lean to one side.
    case skewed(recording: String, channel: String, skewness: Estimate<Ratio>)
    /// The samples of a channel have the tails of another distribution.
    case notGaussian(recording: String, channel: String, kurtosis: Estimate<Ratio>)
    /// Neighbouring samples are not independent: `inflation` of them count as one.
    case correlated(recording: String, coefficient: Double, inflation: Double)
}

extension RecordingRemark: CustomStringConvertible {
    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .emulated(let name): "\(name): EMULATED, no optics behind it"
        case .lost(let name, let symbols): "\(name): \(NumberText.count(symbols)) symbols were lost while recording"
        case .basisTakenAsConstant: "no recording of Bob's basis: taken as the same quadrature always"
        case .skewed(let name, let channel, let skewness):
            "\(name): \(channel) is skewed, "
                + NumberText.estimate(skewness.value.value, sigma: skewness.sigma.value)
        case .notGaussian(let name, let channel, let kurtosis):
            "\(name): \(channel) is not Gaussian, kurtosis "
                + NumberText.estimate(kurtosis.value.value, sigma: kurtosis.sigma.value) + " instead of 3"
        case .correlated(let name, let coefficient, let inflation):
            "\(name): neighbouring samples are correlated (ρ₁ = \(NumberText.significant(coefficient, digits: 2))); "
                + "σ counts \(NumberText.significant(inflation, digits: 3)) of them as one"
        }
    }
}

/// Whether one of several recordings is of an emulated unit; nil if none of them says.
func anyEmulated(_ stated: Bool?...) -> Bool? {
    let known = stated.compactMap(\.self)
    return known.isEmpty ? nil : known.contains(true)
}
