public import QuadratureAnalysis

/// What an estimate takes for granted beside the recordings.
public struct EstimateAssumptions: Sendable, Hashable {
    /// How Bob measures.
    public var detection: Detection
    /// η of his receiver, from its connector to the converter, and one standard deviation.
    public var efficiency: Double
    /// One standard deviation of η.
    public var efficiencySigma: Double
    /// Relative standard deviation of the modulation variance by Alice's calibration.
    public var modulationSigma: Double
    /// √SNU per LSB of Alice's words; nil takes what the recording says.
    public var scale: Double?
    /// Symbols of Bob's after which Alice's are found in his recording; nil looks for it.
    public var delay: Int?
    /// ε of each bound.
    public var failureProbability: FailureProbability
    /// β.
    public var reconciliation: ReconciliationEfficiency
    /// Who holds what the receiver loses and adds.
    public var trust: ReceiverModel.Trust
    /// Symbols of the block; nil: twice those that were recorded.
    public var blockSize: Int64?

    /// Assumptions; the ranges are those of a receiver's model.
    public init(
        detection: Detection, efficiency: Double, efficiencySigma: Double = 0, modulationSigma: Double = 0,
        scale: Double? = nil, delay: Int? = nil, failureProbability: Double = KeyRateDefaults.failureProbability,
        reconciliation: Double = KeyRateDefaults.reconciliation, trust: ReceiverModel.Trust = .trusted,
        blockSize: Int64? = nil
    ) throws(KeyRateFailure) {
        _ = try ReceiverModel(
            detection: detection, efficiency: efficiency, electronicNoise: ShotNoiseUnits(0), trust: trust)
        self.detection = detection
        self.efficiency = efficiency
        self.efficiencySigma = efficiencySigma
        self.modulationSigma = modulationSigma
        self.scale = scale
        self.delay = delay
        self.failureProbability = try FailureProbability(failureProbability)
        self.reconciliation = try ReconciliationEfficiency(reconciliation)
        self.trust = trust
        self.blockSize = blockSize
    }
}
