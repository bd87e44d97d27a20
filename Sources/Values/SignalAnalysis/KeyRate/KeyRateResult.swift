public import QuadratureAnalysis
internal import ReadableText

/// What is planned for one link.
public struct KeyRateResult: Sendable, Hashable {
    /// The link.
    public let link: LinkParameters
    /// Rates without finite-size effects.
    public let asymptotic: KeyRate
    /// ξ_null without finite-size effects.
    public let asymptoticNull: NullKeyNoise
    /// With a block.
    public let finite: FiniteKeyRate?
    /// With a block that is long enough for a worst case.
    public internal(set) var finiteNull: NullKeyNoise?

    init(link: LinkParameters, asymptotic: KeyRate, asymptoticNull: NullKeyNoise, finite: FiniteKeyRate? = nil) {
        self.link = link
        self.asymptotic = asymptotic
        self.asymptoticNull = asymptoticNull
        self.finite = finite
    }

    /// ξ_null: at the block if there is one, else asymptotic.
    public var null: NullKeyNoise? { finite == nil ? asymptoticNull : finiteNull }

    /// 1 − ξ/ξ_null, with ξ_max at a block.
    public var margin: Double? {
        guard let finite else { return asymptoticNull.margin(of: link.excessNoise) }
        guard let worst = finite.worstCase else { return nil }
        return finiteNull?.margin(of: worst.excessNoise)
    }

    /// A figure that may be missing; the raw value is its name in documents.
    public enum Figure: String, Sendable, Hashable {
        /// χ_BE.
        case holevoBound
        /// The rate of the block.
        case finiteKeyRate
        /// T_min.
        case transmittanceWorstCase
        /// ξ_max.
        case excessNoiseWorstCase
        /// ξ_null: of the block if there is one.
        case nullKeyExcessNoise
        /// ξ_null without finite-size effects.
        case asymptoticNullKeyExcessNoise
    }

    /// Why a figure is missing.
    public enum Missing: Sendable, Hashable, CustomStringConvertible {
        /// Eve's information is not bounded.
        case unboundedInformation
        /// The worst case of the block is a channel that transmits nothing.
        case blockTooShort
        /// No excess noise is small enough for key.
        case noKey(rateWithoutExcessNoise: BitsPerSymbol)
        /// The same at the worst transmittance of the block.
        case noKeyAtBlock(rateWithoutExcessNoise: BitsPerSymbol)

        /// The fact in a sentence.
        public var description: String {
            switch self {
            case .unboundedInformation: "the Holevo bound has no finite value: the key rate counts as 0"
            case .blockTooShort: "the block is too short to tell the transmittance from 0"
            case .noKey(let rate):
                "no key even without excess noise: \(NumberText.signed(rate.value, digits: 3)) bit/symbol"
            case .noKeyAtBlock(let rate):
                "no key even without excess noise: \(NumberText.signed(rate.value, digits: 3)) bit/symbol"
                    + " at the worst transmittance of the block"
            }
        }
    }

    /// Why figures are missing.
    public var missing: [Figure: Missing] {
        var missing: [Figure: Missing] = [:]
        if !asymptotic.holevoBound.value.isFinite { missing[.holevoBound] = .unboundedInformation }
        if finite != nil, finite?.worstCase == nil {
            for figure in [
                Figure.finiteKeyRate, .transmittanceWorstCase, .excessNoiseWorstCase, .nullKeyExcessNoise,
            ] {
                missing[figure] = .blockTooShort
            }
        } else if case .noKey(let rate) = null {
            missing[.nullKeyExcessNoise] =
                finite == nil ? .noKey(rateWithoutExcessNoise: rate) : .noKeyAtBlock(rateWithoutExcessNoise: rate)
        }
        if case .noKey(let rate) = asymptoticNull {
            missing[.asymptoticNullKeyExcessNoise] = .noKey(rateWithoutExcessNoise: rate)
        }
        return missing
    }
}
