/// The bounds that hold except with probability ε.
public struct WorstCase: Sendable, Hashable {
    /// T_min.
    public var transmittance: Transmittance
    /// ξ_max at the channel input.
    public var excessNoise: ExcessNoise<Plane.Input>

    /// A pair of bounds.
    public init(transmittance: Transmittance, excessNoise: ExcessNoise<Plane.Input>) {
        self.transmittance = transmittance
        self.excessNoise = excessNoise
    }
}

/// The key rate of a block of finite size, Leverrier 2010 [4]:
/// `K_f = (n/N)(β I_AB − χ_BE(T_min, ξ_max) − Δ(n))(1 − FER)`, I_AB being what the data had, not its worst case.
///
/// A planning figure, not a security claim: print it with `ReceiverModel.rateLabel`.
public struct FiniteKeyRate: Sendable, Hashable {
    /// K_f per slot, not clamped; 0 if χ_BE is infinite.
    public let rate: BitsPerSymbol
    /// χ_BE(T_min, ξ_max).
    public let holevoBound: BitsPerSymbol
    /// What χ_BE was taken at; nil if the block is too short to tell T from 0.
    public let worstCase: WorstCase?
    /// Δ(n).
    public let correction: BitsPerSymbol

    /// The rate from measured bounds.
    ///
    /// - Parameters:
    ///   - worstCase: T_min and ξ_max as the estimator bounds them.
    ///   - modulationVariance: V_A.
    ///   - signalToNoise: of one measured quadrature, from the data themselves.
    ///   - receiver: Bob.
    ///   - reconciliation: β.
    ///   - block: n, N, ε, FER.
    /// - Throws: `KeyRateFailure` if a bound describes no channel: T_min outside (0, 1], ξ_max below 0.
    public init(
        worstCase: WorstCase, modulationVariance: ShotNoiseUnits, signalToNoise: Ratio, receiver: ReceiverModel,
        reconciliation: ReconciliationEfficiency, block: KeyBlock
    ) throws(KeyRateFailure) {
        _ = try signalToNoise.value.checked(.signalToNoise) { $0 >= 0 }
        let link = try LinkParameters(
            modulationVariance: modulationVariance, transmittance: worstCase.transmittance,
            excessNoise: worstCase.excessNoise)
        self.init(
            information: receiver.detection.mutualInformation(signalToNoise: signalToNoise), worstLink: link,
            receiver: receiver, reconciliation: reconciliation, block: block)
    }

    /// Without a worst case: nothing is known of Eve, and there is no key.
    init(unboundedWith block: KeyBlock) {
        worstCase = nil
        holevoBound = BitsPerSymbol(.infinity)
        correction = block.finiteSizeCorrection
        rate = BitsPerSymbol(0)
    }

    init(
        information: BitsPerSymbol, worstLink: LinkParameters, receiver: ReceiverModel,
        reconciliation: ReconciliationEfficiency, block: KeyBlock
    ) {
        worstCase = WorstCase(transmittance: worstLink.transmittance, excessNoise: worstLink.excessNoise)
        holevoBound = receiver.holevoBound(worstLink)
        correction = block.finiteSizeCorrection
        let perKeySymbol = KeyRate.rate(information, reconciliation, holevoBound).value - correction.value
        rate = BitsPerSymbol(holevoBound.value.isFinite ? block.yield * perKeySymbol : 0)
    }
}
