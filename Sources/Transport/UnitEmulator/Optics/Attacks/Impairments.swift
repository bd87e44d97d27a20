/// What attacks and faults do to the light, in the model's own quantities. Neutral values are those of a sound link, and
/// then every sample is the same, bit for bit, as if this did not exist.
public struct Impairments: Sendable, Hashable {
    /// r: the receiver's N0 is smaller than the calibrated one by this factor while P_LO stays.
    public var calibrationRatio = 1.0
    /// Whether the eavesdropper raises her gain by r, so that T̂ in calibrated units stays.
    public var raisesGain = false
    /// Relative change of the local oscillator's power.
    public var powerChange = 0.0
    /// Light that displaces both converter channels while the shutter is open, √SNU at the detector.
    public var displacement = 0.0
    /// Continuous light on the detector while the shutter is open, W. It saturates the receiver: gain falls by
    /// 1/(1 + P/P_nominal).
    public var blindingPower = 0.0
    /// Light that enters Alice, W. Leaves her modulation alone.
    public var trojanPower = 0.0
    /// What a closed shutter lets through at least, as a power ratio.
    public var shutterLeak = 0.0
    /// ξ_out: noise of other channels in the fibre, SNU at the channel's output, before the receiver.
    public var outputNoise = 0.0
    /// Noise that an eavesdropper adds at the channel's input, SNU.
    public var inputNoise = 0.0
    /// Noise that is added to vacuum slots alone, as a part of the calibrated N0.
    public var forgedVacuum = 0.0
    /// Loss beyond the fibre's own, dB.
    public var extraLoss = 0.0
    /// Loss of the synchronisation channel, dB.
    public var syncLoss = 0.0
    /// Symbols by which Bob's counter slipped.
    public var slip: Int64 = 0
    /// Bob's preference for p: the probability of p is ½ + this.
    public var basisBias = 0.0

    /// A sound link.
    public init() {}

    /// A sound link.
    public static let none = Impairments()
}

/// What is wrong with Alice's modulator and her random numbers.
public struct TransmitterImpairments: Sendable, Hashable {
    /// Carrier that leaks: displacement of x at her output, √SNU at 0 dB attenuation.
    public var carrier = 0.0
    /// The quadratures that leave are those of her words times 1 + this.
    public var amplitudeError = 0.0
    /// Part of the cells of 128 symbols whose words repeat those of the cell before.
    public var repetition = 0.0
    /// Mean of the words in their standard deviations.
    public var skew = 0.0

    /// A sound transmitter.
    public init() {}

    /// A sound transmitter.
    public static let none = TransmitterImpairments()

    var isNone: Bool { self == .none }
}

extension TransmitterImpairments {
    /// Power that leaves Alice relative to that of a sound modulator with this V_A: modulated light and carrier.
    public func relativePower(modulation: Double) -> Double {
        let words = (1 + amplitudeError) * (1 + amplitudeError) * (1 + skew * skew)
        return words + carrier * carrier / (2 * modulation)
    }
}
