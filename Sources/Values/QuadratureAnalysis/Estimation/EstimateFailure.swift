/// Why data yield no estimate.
public enum EstimateFailure: Error, Hashable, CustomStringConvertible {
    /// Fewer samples than the fit has parameters and then some. Collect more.
    case tooFewSamples(have: Int64, need: Int64)
    /// Alice's samples do not vary, or x and p are proportional. Check that she was modulating.
    case noModulation
    /// The vacuum variance does not exceed the dark variance. Check that the local oscillator was on for the first and
    /// off for the second.
    case noShotNoise(vacuum: RawVariance, dark: RawVariance)
    /// The transmittance needs N0 = V_on − V_off, and V_off was not measured.
    case noDarkSamples
    /// The gain is consistent with zero: wrong delay, closed shutter, broken link. `significance` is in σ.
    case noSignal(significance: Double)
    /// Both streams are there, and at no delay does one follow the other.
    case uncorrelated(StreamCorrelation)
    /// An efficiency outside 0 < η ≤ 1, or a standard deviation that is negative or not a number.
    case impossibleEfficiency(Estimate<Ratio>)
    /// Samples that no receiver measures: vacuum or dark samples without any noise, or Bob's without any beside Alice's.
    case degenerate(Degeneracy)
    /// A scale that is not positive, or a standard deviation that is negative or not a number.
    case impossibleScale(Estimate<ModulationScale>)

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .tooFewSamples(let have, let need): "\(have) samples are too few, the estimate needs \(need)"
        case .noModulation: "Alice's samples do not span both quadratures"
        case .noShotNoise(let vacuum, let dark):
            "the vacuum variance \(vacuum.value.rounded4) LSB² does not exceed the dark variance \(dark.value.rounded4) LSB²"
        case .noDarkSamples: "the estimate needs dark samples"
        case .degenerate(let degeneracy): "\(degeneracy)"
        case .noSignal(let significance): "Bob's samples do not follow Alice's (\(significance.rounded4) σ)"
        case .uncorrelated(let correlation): "the two streams do not correlate: \(correlation)"
        case .impossibleEfficiency(let efficiency):
            "an efficiency of \(efficiency.value.value.rounded4) ± \(efficiency.sigma.value.rounded4) cannot be"
        case .impossibleScale(let scale):
            "a modulation scale of \(scale.value.value.rounded4) ± \(scale.sigma.value.rounded4) √SNU per LSB cannot be"
        }
    }
}
