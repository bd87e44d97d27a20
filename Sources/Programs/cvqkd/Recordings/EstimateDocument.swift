import QuadratureAnalysis

/// The result of `cvqkd estimate`.
struct EstimateDocument: Encodable, Sendable {
    /// A quantity with its bound.
    struct Value: Encodable, Sendable {
        var value: Double?
        var sigma: Double?
        /// Null if there is no bound.
        @ExplicitNull var worstCase: Double?
        var samples: Int64
        var unit: String

        init<Quantity: QuantityWithUnit>(_ bounded: ChannelEstimate.Bounded<Quantity>) {
            unit = Quantity.unit
            value = bounded.estimate.value.value.finite
            sigma = bounded.estimate.sigma.value.finite
            worstCase = bounded.worstCase?.value.finite
            samples = bounded.estimate.samples
        }
    }

    /// An excess noise says where it is meant.
    struct Excess: Encodable, Sendable {
        var value: Double?
        var sigma: Double?
        @ExplicitNull var worstCase: Double?
        var samples: Int64
        var unit: String
        var plane: String
    }

    struct Rates: Encodable, Sendable {
        @ExplicitNull var asymptotic: Double?
        /// 0 if the block gives no key.
        @ExplicitNull var finite: Double?
        @ExplicitNull var finiteUnclamped: Double?
        var blockSize: Int64
        var keySymbols: Int64
        var finiteSizeCorrection: Double?
        var label: String
    }

    struct Share: Encodable, Sendable {
        var quantity: String
        var cause: String
        var sigma: Double?
    }

    var detection: String
    var transmittance: Value
    var lossDecibels: Double?
    var excessNoise: Excess
    var electronicNoise: Value
    var modulationVariance: Value
    var signalToNoise: Value
    var keyRate: Rates
    @ExplicitNull var nullKeyExcessNoise: Double?
    @ExplicitNull var margin: Double?
    var budget: [Share]
    var electronicVariance: EstimateValue?
    var vacuumVariance: EstimateValue
    var shotNoiseVariance: EstimateValue
    var residualVariance: EstimateValue
    var clearanceDecibels: EstimateValue?
    var efficiency: Double
    var efficiencySigma: Double
    var epsilon: Double
    var reconciliation: Double
    var receiver: String
    var delay: Int
    var delaySignificance: Double?
    var phase: Double
    var imagePower: Double
    var symbols: Int64
    @ExplicitNull var emulated: Bool?
    var reasons: [String: String]
    var warnings: [String]

    init(_ result: EstimateResult) {
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
        emulated = result.emulated
        reasons = result.reasons
        warnings = result.remarks
    }
}

extension EstimateResult {
    /// For people.
    var text: String {
        var sheet = Sheet()
        sheet.add(
            "symbols",
            "\(NumberText.count(channel.symbols)), \(assumptions.detection.rawValue), delay \(delay), phase \(NumberText.significant(channel.phase, digits: 3)) rad"
        )
        sheet.add(
            "transmittance T",
            line(channel.transmittance)
                + ", \(NumberText.significant(channel.transmittance.estimate.value.loss.value)) dB")
        sheet.add("excess noise ξ_in", line(channel.excessNoise, "SNU") + ", at Alice's output")
        sheet.add("electronic noise v_el", line(channel.electronicNoise, "SNU"))
        sheet.add("modulation variance", line(channel.modulationVariance, "SNU"))
        sheet.add("signal to noise", line(channel.signalToNoise))
        sheet.add("clearance", receiver.shotNoise.clearance.map { NumberText.estimate($0, "dB") })
        sheet.add("key rate, asymptotic", rate(asymptotic, "asymptotic"))
        sheet.add(
            "key rate, finite",
            rate(finite?.rate, "finite")
                + ", \(NumberText.count(block.keySymbols)) of \(NumberText.count(block.symbols)) symbols for key")
        sheet.add(
            "null-key noise",
            nullKeyNoise.map {
                "\(NumberText.significant($0.value)) SNU"
                    + (margin.map { ", margin \(NumberText.significant(100 * $0, digits: 3)) %" } ?? "")
            }
                ?? reasons["nullKeyExcessNoise"])
        sheet.add("", label)
        for remark in remarks { sheet.add("remark", remark) }
        return sheet.text
    }

    private func line(_ bounded: ChannelEstimate.Bounded<some PhysicalQuantity>, _ unit: String = "") -> String {
        NumberText.estimate(bounded.estimate, unit)
            + ", worst case "
            + (bounded.worstCase.map { NumberText.significant($0.value, digits: 5) } ?? "not known")
    }

    private func rate(_ rate: BitsPerSymbol?, _ name: String) -> String {
        guard let rate else { return "none: \(reasons[name] ?? "not known")" }
        return "\(NumberText.significant(rate.value)) bit/symbol" + (rate.value > 0 ? "" : ", no key")
    }
}
