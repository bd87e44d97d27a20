internal import QuadratureAnalysis
public import SignalAnalysis

/// What is planned for one link. Rates are in bits per symbol and not clamped; what cannot be had is null, and `reasons`
/// says why.
public struct KeyRateDocument: Codable, Sendable, Hashable {
    /// An excess noise at every plane, SNU.
    public struct Noise: Codable, Sendable, Hashable {
        /// At Alice's output.
        public var input: Double
        /// At the end of the channel.
        public var output: Double
        /// In one quadrature at Bob's detector.
        public var detector: Double
    }

    /// What a finite-size rate is computed for.
    public struct Block: Codable, Sendable, Hashable {
        /// Slots.
        public var size: Int64
        /// Symbols that key is made of.
        public var keySymbols: Int64
        /// Symbols that are disclosed for estimation.
        public var estimationSymbols: Int64
        /// Failure probability of each term.
        public var epsilon: Double
        /// Share of blocks that reconciliation gives up.
        public var frameErrorRate: Double
    }

    /// What the rates assume.
    public var label: String
    /// `homodyne` or `heterodyne`.
    public var detection: String
    /// `trusted` or `untrusted`.
    public var receiver: String
    /// SNU.
    public var modulationVariance: Double
    /// Of the channel.
    public var transmittance: Double
    /// Of the channel.
    public var lossDecibels: Double
    /// The same noise at every plane.
    public var excessNoise: Noise
    /// η.
    public var efficiency: Double
    /// v_el, SNU.
    public var electronicNoise: Double
    /// β.
    public var reconciliation: Double
    /// Of one measured quadrature.
    public var signalToNoise: Double
    /// I_AB.
    public var mutualInformation: Double
    /// χ_BE.
    @ExplicitNull public var holevoBound: Double?
    /// Without finite-size effects.
    public var asymptoticKeyRate: Double
    /// Null for an asymptotic plan, like all that follows from a block.
    @ExplicitNull public var block: Block?
    /// The key that a block of this size gives: 0 if there is none. The rate as the formula has it stands beside it.
    @ExplicitNull public var finiteKeyRate: Double?
    /// As the formula has it.
    @ExplicitNull public var finiteKeyRateUnclamped: Double?
    /// T_min.
    @ExplicitNull public var transmittanceWorstCase: Double?
    /// ξ_max.
    @ExplicitNull public var excessNoiseWorstCase: Double?
    /// Δ(n).
    @ExplicitNull public var finiteSizeCorrection: Double?
    /// ξ_null: at the block if there is one, else asymptotic.
    @ExplicitNull public var nullKeyExcessNoise: Double?
    /// ξ_null without finite-size effects.
    @ExplicitNull public var asymptoticNullKeyExcessNoise: Double?
    /// 1 − ξ/ξ_null, with ξ_max at a block.
    @ExplicitNull public var margin: Double?
    /// Symbols per second.
    @ExplicitNull public var symbolRate: Double?
    /// With a symbol rate.
    @ExplicitNull public var asymptoticBitsPerSecond: Double?
    /// With a symbol rate and a block.
    @ExplicitNull public var finiteBitsPerSecond: Double?
    /// Why figures are null, by the figure's name.
    public var reasons: [String: String]

    /// The document of a plan.
    public init(_ scenario: KeyRateScenario, _ result: KeyRateResult) {
        let (link, receiver) = (result.link, scenario.receiver)
        label = scenario.label
        detection = receiver.detection.rawValue
        self.receiver = receiver.trust.rawValue
        modulationVariance = link.modulationVariance.value
        transmittance = link.transmittance.value
        lossDecibels = link.transmittance.loss.value
        excessNoise = Noise(
            input: link.excessNoise.value, output: link.excessNoise.atOutput(of: link.transmittance).value,
            detector: link.excessNoise.atDetector(
                of: link.transmittance, efficiency: receiver.efficiency, detection: receiver.detection
            ).value)
        efficiency = receiver.efficiency
        electronicNoise = receiver.electronicNoise.value
        reconciliation = scenario.reconciliation.value
        signalToNoise = receiver.signalToNoise(link).value
        mutualInformation = result.asymptotic.mutualInformation.value
        holevoBound = result.asymptotic.holevoBound.value.finite
        asymptoticKeyRate = result.asymptotic.asymptotic.value
        block = scenario.plan.map {
            Block(
                size: $0.block.symbols, keySymbols: $0.block.keySymbols, estimationSymbols: $0.estimationSymbols,
                epsilon: $0.block.failureProbability.value, frameErrorRate: $0.block.frameErrorRate)
        }
        let finite = result.finite?.worstCase == nil ? nil : result.finite?.rate.value
        finiteKeyRate = finite?.asKey
        finiteKeyRateUnclamped = finite?.finite
        transmittanceWorstCase = result.finite?.worstCase?.transmittance.value
        excessNoiseWorstCase = result.finite?.worstCase?.excessNoise.value
        finiteSizeCorrection = result.finite?.correction.value
        nullKeyExcessNoise = result.null?.value?.value
        asymptoticNullKeyExcessNoise = result.asymptoticNull.value?.value
        margin = result.margin
        symbolRate = scenario.symbolRate
        asymptoticBitsPerSecond = scenario.symbolRate.map { $0 * result.asymptotic.asymptotic.value }
        finiteBitsPerSecond = scenario.symbolRate.flatMap { rate in finite?.asKey.map { $0 * rate } }
        reasons = Dictionary(uniqueKeysWithValues: result.missing.map { ($0.rawValue, $1.description) })
    }
}
