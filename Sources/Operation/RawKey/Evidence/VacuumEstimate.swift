public import RawKeyMessages

/// V_on of one window, or of many: what a consumer normalises its data by.
///
/// It has to be estimated from *all* windows of a session, those that were revoked as well: whoever keeps only windows that
/// passed keeps those whose V_on happened to lie well, and an adversary chooses how many that are.
public struct VacuumEstimate: Sendable, Hashable {
    /// One channel.
    public struct Channel: Sendable, Hashable {
        /// Samples.
        public var samples: UInt64
        /// V_on, LSB².
        public var variance: Double
        /// Its standard deviation.
        public var sigma: Double
    }

    /// The x channel, or the only one.
    public let x: Channel
    /// The p channel of a heterodyne receiver.
    public let p: Channel?

    /// Of the evidence of one or more windows, about the mean of all.
    ///
    /// Throws `.impossibleSums`; `.differs` if they are of different detections.
    public init(_ windows: [Cvqkd_Rawkey_V1_ReceiverEvidence]) throws(EvidenceError) {
        let isPair = windows.first?.hasVacuumP ?? false
        guard windows.allSatisfy({ $0.hasVacuumP == isPair }) else { throw .differs(field: "vacuum_p") }
        x = try Self.channel(windows, \.vacuumX)
        p = isPair ? try Self.channel(windows, \.vacuumP) : nil
    }

    private static func channel(
        _ windows: [Cvqkd_Rawkey_V1_ReceiverEvidence],
        _ part: KeyPath<Cvqkd_Rawkey_V1_ReceiverEvidence, Cvqkd_Rawkey_V1_PowerSums>
    ) throws(EvidenceError) -> Channel {
        var (sums, runs) = (SampleSums(), UInt64(0))
        for window in windows {
            try sums.add(try SampleSums(window[keyPath: part], field: "vacuum"), field: "vacuum")
            runs += window.cells.reduce(0) { $0 + UInt64($1.runs) }
        }
        let found = SampleStatistics(sums, runs: runs)
        return Channel(samples: sums.samples, variance: found.variance, sigma: found.varianceSigma)
    }
}
