import QuadratureAnalysis

/// The planes of the link, as a word of the command line.
enum NoisePlane: String, Sendable {
    case input, output, detector
}

/// Everything about a link but its loss.
struct KeyRateScenario: Sendable {
    var receiver: ReceiverModel
    var modulationVariance: ShotNoiseUnits
    /// SNU at `plane`.
    var excessNoise: Double
    var plane: NoisePlane
    var reconciliation: ReconciliationEfficiency
    var plan: FiniteSizePlan?
    var symbolRate: Double?

    /// The link at a transmittance; noise that was given at another plane is referred to the input there.
    func link(_ transmittance: Transmittance) throws(KeyRateFailure) -> LinkParameters {
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
    func result(_ transmittance: Transmittance) throws(KeyRateFailure) -> KeyRateResult {
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
    func rates(_ transmittance: Transmittance) throws(KeyRateFailure) -> (asymptotic: Double, finite: Double?) {
        let link = try link(transmittance)
        return (
            KeyRate(link: link, receiver: receiver, reconciliation: reconciliation).asymptotic.value,
            plan?.keyRate(link, receiver, reconciliation).rate.value
        )
    }

    /// What stands beside every rate.
    var label: String { receiver.rateLabel }
}

/// What is known of one link.
struct KeyRateResult: Sendable {
    var link: LinkParameters
    var asymptotic: KeyRate
    var asymptoticNull: NullKeyNoise
    /// With a block.
    var finite: FiniteKeyRate?
    /// With a block that is long enough for a worst case.
    var finiteNull: NullKeyNoise?

    /// ξ_null: at the block if there is one, else asymptotic.
    var null: NullKeyNoise? { finite == nil ? asymptoticNull : finiteNull }

    /// 1 − ξ/ξ_null, with ξ_max at a block.
    var margin: Double? {
        guard let finite else { return asymptoticNull.margin(of: link.excessNoise) }
        guard let worst = finite.worstCase else { return nil }
        return finiteNull?.margin(of: worst.excessNoise)
    }

    /// Why figures are missing, by the figure's name.
    var reasons: [String: String] {
        var reasons: [String: String] = [:]
        if !asymptotic.holevoBound.value.isFinite {
            reasons["holevoBound"] = "the Holevo bound has no finite value: the key rate counts as 0"
        }
        if finite != nil, finite?.worstCase == nil {
            let reason = "the block is too short to tell the transmittance from 0"
            for name in ["finiteKeyRate", "transmittanceWorstCase", "excessNoiseWorstCase", "nullKeyExcessNoise"] {
                reasons[name] = reason
            }
        } else if case .noKey(let rate) = null {
            reasons["nullKeyExcessNoise"] =
                "no key even without excess noise: \(NumberText.signed(rate.value, digits: 3)) bit/symbol"
                + (finite == nil ? "" : " at the worst transmittance of the block")
        }
        if case .noKey(let rate) = asymptoticNull {
            reasons["asymptoticNullKeyExcessNoise"] =
                "no key even without excess noise: \(NumberText.signed(rate.value, digits: 3)) bit/symbol"
        }
        return reasons
    }
}

extension NumberText {
    /// A number with a true minus sign.
    static func signed(_ value: Double, digits: Int = 4) -> String {
        let text = significant(value, digits: digits)
        return text.first == "-" ? "−" + text.dropFirst() : text
    }
}
