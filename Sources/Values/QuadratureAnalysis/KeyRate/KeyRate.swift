/// The asymptotic key rate of a link under collective attacks: Gaussian modulation, reverse reconciliation.
///
/// `K = β I_AB − χ_BE` (Lodewyck 2007 [1] for homodyne, Fossier 2009 [2] for heterodyne detection; physics.md §4). A
/// planning figure, not a security claim: print it with `ReceiverModel.rateLabel`.
public struct KeyRate: Sendable, Hashable {
    /// I_AB.
    public let mutualInformation: BitsPerSymbol
    /// χ_BE; infinite if it could not be computed.
    public let holevoBound: BitsPerSymbol
    /// K, not clamped: negative if Eve may know more than reconciliation yields. 0 if χ_BE is infinite.
    public let asymptotic: BitsPerSymbol

    /// The rate of a link. Never NaN.
    public init(link: LinkParameters, receiver: ReceiverModel, reconciliation: ReconciliationEfficiency) {
        mutualInformation = receiver.detection.mutualInformation(signalToNoise: receiver.signalToNoise(link))
        holevoBound = receiver.holevoBound(link)
        asymptotic = Self.rate(mutualInformation, reconciliation, holevoBound)
    }

    /// β I − χ, or 0 where that is not a number.
    static func rate(
        _ information: BitsPerSymbol, _ reconciliation: ReconciliationEfficiency, _ holevoBound: BitsPerSymbol
    ) -> BitsPerSymbol {
        let rate = reconciliation.value * information.value - holevoBound.value
        return BitsPerSymbol(rate.isFinite ? rate : 0)
    }
}

extension ReceiverModel {
    /// χ_BE of a link.
    ///
    /// Of an untrusted receiver everything is Eve's: T → ηT, ξ → ξ + v_el/(μ′ηT), η → 1, v_el → 0.
    public func holevoBound(_ link: LinkParameters) -> BitsPerSymbol {
        let (channel, noise) = (link.transmittance.value, link.excessNoise.value)
        let spectrum =
            switch trust {
            case .trusted:
                SymplecticSpectrum(
                    modulation: link.modulationVariance.value, transmittance: channel, noise: channel * noise,
                    trustedLoss: (1 - efficiency + electronicNoise.value) / efficiency, detection: detection)
            case .untrusted:
                SymplecticSpectrum(
                    modulation: link.modulationVariance.value, transmittance: efficiency * channel,
                    noise: efficiency * channel * noise + electronicNoise.value / detection.quadratureShare,
                    trustedLoss: 0, detection: detection)
            }
        return BitsPerSymbol(spectrum.holevoBound)
    }

    /// What has to stand beside every key rate wherever it is printed.
    public var rateLabel: String {
        "planning figure: collective attacks, Gaussian modulation, \(trust.rawValue) receiver; not a security claim"
    }
}
