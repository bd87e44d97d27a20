import QuadratureAnalysis

extension ChannelEstimate {
    /// The bounds, if the data may be used; z of the alarm is that of the bounds themselves.
    func accepted(_ name: String, _ failureProbability: FailureProbability) throws(CommandFailure) -> WorstCase {
        func refusal(_ text: String) -> CommandFailure { CommandFailure(.failure, "\(name): \(text)") }
        let again = "Record vacuum and electronic noise again, close to the signal in time"
        switch verdict(threshold: failureProbability.deviations) {
        case .plausible, .negativeByStatistics:
            guard let worstCase else { fallthrough }
            return worstCase
        case .unbounded:
            throw refusal(
                "the data are too few for a worst case at ε = \(failureProbability.value). Check delay, shutter and link, or record longer"
            )
        case .vacuumOverestimated(let deviations):
            throw refusal(
                "the excess noise lies \(NumberText.significant(-deviations, digits: 3)) σ below 0: V_on is over-estimated by an attack, a drift or a leaking shutter. \(again)"
            )
        case .refused(let worst):
            throw refusal(
                "even the worst case of the excess noise, \(NumberText.significant(worst.value)) SNU, lies below 0: V_on is over-estimated. \(again)"
            )
        }
    }
}

extension EstimateFailure {
    /// What to do.
    var nextStep: String {
        switch self {
        case .noModulation: "Check that Alice was modulating"
        case .tooFewSamples: "Record longer"
        case .noShotNoise, .noDarkSamples: "Record vacuum and electronic noise again"
        case .noSignal: "Check delay, shutter and link, or record longer"
        case .impossibleEfficiency: "Give --efficiency above 0 and up to 1"
        case .impossibleScale: "Give --scale above 0, in √SNU per LSB"
        }
    }
}
