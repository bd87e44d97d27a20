internal import QuadratureAnalysis
public import SignalAnalysis

/// What recordings of both ends say about a channel.
public struct EstimateDocument: Codable, Sendable, Hashable {
    /// A quantity with its bound.
    public struct Value: Codable, Sendable, Hashable {
        /// Null if it is not a number.
        public var value: Double?
        /// One standard deviation.
        public var sigma: Double?
        /// Null if there is no bound.
        @ExplicitNull public var worstCase: Double?
        /// Samples that it rests on.
        public var samples: Int64
        /// As calibration records spell it.
        public var unit: String

        init<Quantity: QuantityWithUnit>(_ bounded: ChannelEstimate.Bounded<Quantity>) {
            unit = Quantity.unit
            value = bounded.estimate.value.value.finite
            sigma = bounded.estimate.sigma.value.finite
            worstCase = bounded.worstCase?.value.finite
            samples = bounded.estimate.samples
        }
    }

    /// An excess noise says where it is meant.
    public struct Excess: Codable, Sendable, Hashable {
        /// Null if it is not a number.
        public var value: Double?
        /// One standard deviation.
        public var sigma: Double?
        /// Null if there is no bound.
        @ExplicitNull public var worstCase: Double?
        /// Samples that it rests on.
        public var samples: Int64
        /// SNU.
        public var unit: String
        /// `input`.
        public var plane: String
    }

    /// Key rates, bits per symbol.
    public struct Rates: Codable, Sendable, Hashable {
        /// Null with a reason.
        @ExplicitNull public var asymptotic: Double?
        /// 0 if the block gives no key.
        @ExplicitNull public var finite: Double?
        /// As the formula has it.
        @ExplicitNull public var finiteUnclamped: Double?
        /// Symbols of the block.
        public var blockSize: Int64
        /// Symbols that key is made of.
        public var keySymbols: Int64
        /// Δ(n).
        public var finiteSizeCorrection: Double?
        /// What the rates assume.
        public var label: String
    }

    /// A contribution to an uncertainty.
    public struct Share: Codable, Sendable, Hashable {
        /// Key of the figure.
        public var quantity: String
        /// What contributes.
        public var cause: String
        /// Its standard uncertainty of the figure.
        public var sigma: Double?
    }

    /// `homodyne` or `heterodyne`.
    public var detection: String
    /// T.
    public var transmittance: Value
    /// −10 log10 T.
    public var lossDecibels: Double?
    /// ξ.
    public var excessNoise: Excess
    /// v_el.
    public var electronicNoise: Value
    /// V_A.
    public var modulationVariance: Value
    /// Of one measured quadrature.
    public var signalToNoise: Value
    /// What follows for key.
    public var keyRate: Rates
    /// ξ_null of the block; null with a reason.
    @ExplicitNull public var nullKeyExcessNoise: Double?
    /// 1 − ξ_max/ξ_null.
    @ExplicitNull public var margin: Double?
    /// What the uncertainties consist of.
    public var budget: [Share]
    /// V_off.
    public var electronicVariance: EstimateValue?
    /// V_on.
    public var vacuumVariance: EstimateValue
    /// N0.
    public var shotNoiseVariance: EstimateValue
    /// S².
    public var residualVariance: EstimateValue
    /// V_on/V_off.
    public var clearanceDecibels: EstimateValue?
    /// η, as it was stated.
    public var efficiency: Double
    /// One standard deviation of η, as it was stated.
    public var efficiencySigma: Double
    /// ε of each bound.
    public var epsilon: Double
    /// β.
    public var reconciliation: Double
    /// `trusted` or `untrusted`.
    public var receiver: String
    /// Symbols.
    public var delay: Int
    /// σ; absent if the delay was given.
    public var delaySignificance: Double?
    /// rad.
    public var phase: Double
    /// Imbalance of Bob's quadratures.
    public var imagePower: Double
    /// Symbols that entered.
    public var symbols: Int64
    /// Null if no recording says.
    @ExplicitNull public var emulated: Bool?
    /// Why figures are null, by the figure's name.
    public var reasons: [String: String]
    /// What a person should know before the numbers.
    public var warnings: [String]

    /// The document of an estimate.
    public init(_ result: EstimateResult) {
        let (channel, shotNoise) = (result.channel, result.receiver.shotNoise)
        detection = result.assumptions.detection.rawValue
        transmittance = Value(channel.transmittance)
        lossDecibels = channel.transmittance.estimate.value.loss.value.finite
        let noise = Value(channel.excessNoise)
        excessNoise = Excess(
            value: noise.value, sigma: noise.sigma, worstCase: noise.worstCase, samples: noise.samples,
            unit: noise.unit, plane: Plane.Input.name)
        electronicNoise = Value(channel.electronicNoise)
        modulationVariance = Value(channel.modulationVariance)
        signalToNoise = Value(channel.signalToNoise)
        keyRate = Rates(
            asymptotic: result.asymptotic?.value, finite: result.finite?.rate.value.asKey,
            finiteUnclamped: result.finite?.rate.value.finite, blockSize: result.block.symbols,
            keySymbols: result.block.keySymbols, finiteSizeCorrection: result.block.finiteSizeCorrection.value.finite,
            label: result.label)
        nullKeyExcessNoise = result.nullKeyNoise?.value
        margin = result.margin
        budget = channel.budget.named.map {
            Share(quantity: $0.quantity, cause: $0.line.cause.rawValue, sigma: $0.line.sigma.finite)
        }
        electronicVariance = shotNoise.electronicVariance.map(EstimateValue.init)
        vacuumVariance = EstimateValue(shotNoise.vacuumVariance)
        shotNoiseVariance = EstimateValue(shotNoise.shotNoiseVariance)
        residualVariance = EstimateValue(channel.residualVariance)
        clearanceDecibels = shotNoise.clearance.map(EstimateValue.init)
        efficiency = result.assumptions.efficiency
        efficiencySigma = result.assumptions.efficiencySigma
        epsilon = result.assumptions.failureProbability.value
        reconciliation = result.assumptions.reconciliation.value
        receiver = result.assumptions.trust.rawValue
        delay = result.delay
        delaySignificance = result.alignment?.significance.finite
        phase = channel.phase
        imagePower = channel.imagePower
        symbols = channel.symbols
        emulated = result.isEmulated
        reasons = Dictionary(uniqueKeysWithValues: result.missing.map { ($0.rawValue, $1.description) })
        warnings = result.remarks.map(\.description)
    }
}
