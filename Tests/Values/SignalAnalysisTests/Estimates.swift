import RecordedLinks
import SignalAnalysis
import Testing

extension RecordingFolder {
    /// The recordings of a link in it.
    func link(modulation: String = "modulation", signal: String = "signal", on: String = "on", basis: String? = nil)
        -> LinkRecordings
    {
        LinkRecordings(
            modulation: base(modulation), signal: base(signal), basis: basis.map(base), off: base("off"), on: base(on))
    }

    /// Estimates the channel of a heterodyne link in it.
    func estimate(delay: Int? = nil, failureProbability: Double = 1e-10, on: String = "on") throws -> EstimateResult {
        try EstimateResult(
            link(on: on),
            EstimateAssumptions(
                detection: .heterodyne, efficiency: 0.6, delay: delay, failureProbability: failureProbability),
            verify: false)
    }
}

/// What an analysis was refused with.
func refusal(_ analysis: () throws -> Void) throws -> SignalAnalysisFailure {
    try #require(throws: SignalAnalysisFailure.self, performing: analysis)
}
