public import QuadratureAnalysis

/// A plane of the link at which an excess noise is stated.
public enum NoisePlane: String, Sendable, Hashable, CaseIterable {
    /// Alice's output.
    case input
    /// The end of the channel.
    case output
    /// One quadrature at Bob's detector.
    case detector
}

/// Everything about a link but its loss.
public struct KeyRateScenario: Sendable, Hashable {
    /// Bob's receiver.
    public let receiver: ReceiverModel
    /// V_A per quadrature.
    public let modulationVariance: ShotNoiseUnits
    /// SNU at `plane`.
    public let excessNoise: Double
    /// Where the excess noise is meant.
    public let plane: NoisePlane
    /// β.
    public let reconciliation: ReconciliationEfficiency
    /// What a finite-size rate is computed for; nil for an asymptotic plan.
    public let plan: FiniteSizePlan?
    /// Symbols per second; nil: rates are per symbol only.
    public let symbolRate: Double?

    /// A block as somebody states it.
    public struct Block: Sendable, Hashable {
        /// Slots.
        public var size: Int64
        /// Share of them that is disclosed for estimation.
        public var estimationFraction: Double
        /// Failure probability of each term.
        public var failureProbability: Double
        /// Share of blocks that reconciliation gives up.
        public var frameErrorRate: Double

        /// A block.
        public init(
            size: Int64, estimationFraction: Double = KeyRateDefaults.estimationFraction,
            failureProbability: Double = KeyRateDefaults.failureProbability, frameErrorRate: Double = 0
        ) {
            self.size = size
            self.estimationFraction = estimationFraction
            self.failureProbability = failureProbability
            self.frameErrorRate = frameErrorRate
        }
    }

    /// A scenario of numbers that were stated, each compared with its range.
    public init(
        detection: Detection, trust: ReceiverModel.Trust = .trusted, modulationVariance: Double, excessNoise: Double,
        plane: NoisePlane = .input, efficiency: Double, electronicNoise: Double,
        reconciliation: Double = KeyRateDefaults.reconciliation, block: Block? = nil, symbolRate: Double? = nil
    ) throws(KeyRateFailure) {
        // An excess noise has no sensible value below 0 at any plane; which link it is for comes later.
        if excessNoise < 0, excessNoise.isFinite { throw .negativeExcessNoise(ExcessNoise(excessNoise)) }
        receiver = try ReceiverModel(
            detection: detection, efficiency: efficiency, electronicNoise: ShotNoiseUnits(electronicNoise),
            trust: trust)
        self.modulationVariance = ShotNoiseUnits(modulationVariance)
        self.excessNoise = excessNoise
        self.plane = plane
        self.reconciliation = try ReconciliationEfficiency(reconciliation)
        if let block {
            plan = try FiniteSizePlan(
                blockSize: block.size, estimationFraction: block.estimationFraction,
                failureProbability: try FailureProbability(block.failureProbability),
                frameErrorRate: block.frameErrorRate)
        } else {
            plan = nil
        }
        self.symbolRate = symbolRate
    }

    /// The link at a transmittance; noise that was given at another plane is referred to the input there.
    public func link(_ transmittance: Transmittance) throws(KeyRateFailure) -> LinkParameters {
        let input: ExcessNoise<Plane.Input> =
            switch plane {
            case .input: ExcessNoise(excessNoise)
            case .output: ExcessNoise<Plane.Output>(excessNoise).atInput(of: transmittance)
            case .detector:
                ExcessNoise<Plane.Detector>(excessNoise).atInput(
                    of: transmittance, efficiency: receiver.efficiency, detection: receiver.detection)
            }
        return try LinkParameters(
            modulationVariance: modulationVariance, transmittance: transmittance, excessNoise: input)
    }

    /// All figures at a transmittance.
    public func result(_ transmittance: Transmittance) throws(KeyRateFailure) -> KeyRateResult {
        let link = try link(transmittance)
        let asymptotic = KeyRate(link: link, receiver: receiver, reconciliation: reconciliation)
        let null = try NullKeyNoise(
            modulationVariance: modulationVariance, transmittance: transmittance, receiver: receiver,
            reconciliation: reconciliation)
        guard let plan else { return KeyRateResult(link: link, asymptotic: asymptotic, asymptoticNull: null) }
        let finite = plan.keyRate(link, receiver, reconciliation)
        var result = KeyRateResult(link: link, asymptotic: asymptotic, asymptoticNull: null, finite: finite)
        if let worst = finite.worstCase {
            result.finiteNull = try NullKeyNoise(
                modulationVariance: modulationVariance, transmittanceWorstCase: worst.transmittance,
                receiver: receiver, reconciliation: reconciliation, block: plan.block)
        }
        return result
    }

    /// Only the rates, as a sweep wants them: asymptotic and, with a block, finite.
    public func rates(
        _ transmittance: Transmittance
    ) throws(KeyRateFailure) -> (asymptotic: Double, finite: Double?) {
        let link = try link(transmittance)
        return (
            KeyRate(link: link, receiver: receiver, reconciliation: reconciliation).asymptotic.value,
            plan?.keyRate(link, receiver, reconciliation).rate.value
        )
    }

    /// What stands beside every rate.
    public var label: String { receiver.rateLabel }
}
