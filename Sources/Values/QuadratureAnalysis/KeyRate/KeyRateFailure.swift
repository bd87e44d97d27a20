/// What enters a key rate and has a range.
public enum KeyRateParameter: String, Sendable, Hashable, CaseIterable {
    /// V_A, SNU.
    case modulationVariance
    /// T of the channel.
    case transmittance
    /// ξ_in, SNU.
    case excessNoise
    /// η, from Bob's connector to the ADC.
    case efficiency
    /// v_el, SNU.
    case electronicNoise
    /// β.
    case reconciliation
    /// N, all slots of a block.
    case blockSize
    /// n, the symbols that key is made of.
    case keySymbols
    /// m/N.
    case estimationFraction
    /// ε per term.
    case failureProbability
    /// FER.
    case frameErrorRate
    /// SNR of one measured quadrature.
    case signalToNoise

    /// The parameter in words.
    public var name: String {
        switch self {
        case .modulationVariance: "the modulation variance"
        case .transmittance: "the transmittance"
        case .excessNoise: "the excess noise at the channel input"
        case .efficiency: "the detector's efficiency"
        case .electronicNoise: "the electronic noise"
        case .reconciliation: "the reconciliation efficiency"
        case .blockSize: "the block size"
        case .keySymbols: "the number of key symbols"
        case .estimationFraction: "the fraction for estimation"
        case .failureProbability: "the failure probability"
        case .frameErrorRate: "the frame error rate"
        case .signalToNoise: "the signal-to-noise ratio"
        }
    }

    /// What is allowed, in words.
    public var range: String {
        switch self {
        case .modulationVariance: "greater than 0 SNU and at most 1e9"
        case .transmittance, .efficiency, .reconciliation: "greater than 0 and at most 1"
        case .excessNoise, .electronicNoise: "0 SNU or more and at most 1e9"
        case .blockSize: "at least 2 and at most 9e15"
        case .keySymbols: "at least 1 and at most the block size"
        case .estimationFraction: "greater than 0 and less than 1, and leaves symbols for both uses"
        case .failureProbability: "at least 1e-300 and less than 1"
        case .frameErrorRate: "at least 0 and at most 1"
        case .signalToNoise: "0 or more"
        }
    }
}

/// Why no key rate is computed. Nothing is clamped into range: a number that is out of range is a mistake somewhere
/// upstream, and a rate made from it would hide that.
public enum KeyRateFailure: Error, Hashable, CustomStringConvertible {
    /// The parameter is not a number, or outside its `range`. Correct the input.
    case outOfRange(KeyRateParameter, value: Double)
    /// ξ_in < 0 describes no channel. In a plan it is a mistake; as an estimate it is statistics or an over-estimated
    /// V_on, and yields no key rate (physics.md §3). Measure V_on again, or use more data.
    case negativeExcessNoise(ExcessNoise<Plane.Input>)

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .outOfRange(let parameter, let value): "\(parameter.name) is \(parameter.range), and \(value) is not"
        case .negativeExcessNoise(let noise):
            "an excess noise below 0 (\(noise.value.rounded4) SNU at the input) is no property of a channel: "
                + "no key rate is given for it"
        }
    }
}

extension Double {
    /// The number, if the predicate holds; NaN satisfies none of the ranges.
    func checked(
        _ parameter: KeyRateParameter, _ holds: (Double) -> Bool
    ) throws(KeyRateFailure) -> Double {
        guard isFinite, holds(self) else { throw .outOfRange(parameter, value: self) }
        return self
    }
}
