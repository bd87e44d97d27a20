import QuadratureAnalysis

/// An absent value that stays visible in JSON, as null.
@propertyWrapper
struct ExplicitNull<Value: Encodable & Sendable>: Encodable, Sendable {
    var wrappedValue: Value?

    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// The JSON of `cvqkd key-rate` for one link. Rates are in bits per symbol and not clamped; what cannot be had is null,
/// and `reasons` says why.
struct KeyRateDocument: Encodable, Sendable {
    struct Noise: Encodable, Sendable {
        var input: Double
        var output: Double
        var detector: Double
    }

    struct Block: Encodable, Sendable {
        var size: Int64
        var keySymbols: Int64
        var estimationSymbols: Int64
        var epsilon: Double
        var frameErrorRate: Double
    }

    var label: String
    var detection: String
    var receiver: String
    var modulationVariance: Double
    var transmittance: Double
    var lossDecibels: Double
    var excessNoise: Noise
    var efficiency: Double
    var electronicNoise: Double
    var reconciliation: Double
    var signalToNoise: Double
    var mutualInformation: Double
    @ExplicitNull var holevoBound: Double?
    var asymptoticKeyRate: Double
    @ExplicitNull var block: Block?
    /// The key that a block of this size gives: 0 if there is none. The rate as the formula has it stands beside it.
    @ExplicitNull var finiteKeyRate: Double?
    @ExplicitNull var finiteKeyRateUnclamped: Double?
    @ExplicitNull var transmittanceWorstCase: Double?
    @ExplicitNull var excessNoiseWorstCase: Double?
    @ExplicitNull var finiteSizeCorrection: Double?
    @ExplicitNull var nullKeyExcessNoise: Double?
    @ExplicitNull var asymptoticNullKeyExcessNoise: Double?
    @ExplicitNull var margin: Double?
    @ExplicitNull var symbolRate: Double?
    @ExplicitNull var asymptoticBitsPerSecond: Double?
    @ExplicitNull var finiteBitsPerSecond: Double?
    var reasons: [String: String]

    init(_ scenario: KeyRateScenario, _ result: KeyRateResult) {
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
        reasons = result.reasons
    }
}

extension Double {
    /// A rate as key: 0 below 0. What is not a number stays none.
    var asKey: Double? { isFinite ? Swift.max(0, self) : nil }
}
