/// Why no number of samples can be planned.
public enum PlanningFailure: Error, Hashable, CustomStringConvertible {
    /// The receiver or the channel is no such thing. Correct the input.
    case parameter(KeyRateFailure)
    /// The wanted standard deviation is not a positive number.
    case wantedUncertainty(ExcessNoise<Plane.Input>)
    /// Shares of the slots that are not positive or add up to more than 1.
    case shares(vacuum: Double, signal: Double)
    /// 1 + 2Σρ_k² below 1, or not a number.
    case correlation(Double)
    /// More than 9e15 samples: years at any symbol rate. Ask for less, or lower the loss.
    case beyondReach(samples: Double)

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .parameter(let failure): failure.description
        case .wantedUncertainty(let noise):
            "the wanted standard deviation of the excess noise is greater than 0 SNU, and \(noise.value) is not"
        case .shares(let vacuum, let signal):
            "the shares of vacuum and signal are greater than 0 and at most 1 together, "
                + "and \(vacuum) and \(signal) are not"
        case .correlation(let factor): "the correlation factor is 1 or more, and \(factor) is not"
        case .beyondReach(let samples): "\(samples) samples would be needed: no measurement takes that many"
        }
    }
}
