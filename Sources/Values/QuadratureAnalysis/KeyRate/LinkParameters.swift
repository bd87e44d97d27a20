/// Alice's modulation and the channel.
public struct LinkParameters: Sendable, Hashable {
    /// V_A per quadrature.
    public let modulationVariance: ShotNoiseUnits
    /// T of the channel, without the receiver.
    public let transmittance: Transmittance
    /// ξ_in.
    public let excessNoise: ExcessNoise<Plane.Input>

    /// A link; V_A > 0, 0 < T ≤ 1, ξ_in ≥ 0.
    public init(
        modulationVariance: ShotNoiseUnits, transmittance: Transmittance, excessNoise: ExcessNoise<Plane.Input>
    ) throws(KeyRateFailure) {
        self.modulationVariance = ShotNoiseUnits(
            try modulationVariance.value.checked(.modulationVariance) { $0 > 0 && $0 <= 1e9 })
        self.transmittance = Transmittance(try transmittance.value.checked(.transmittance) { $0 > 0 && $0 <= 1 })
        if excessNoise.value < 0, excessNoise.value.isFinite { throw .negativeExcessNoise(excessNoise) }
        self.excessNoise = ExcessNoise(try excessNoise.value.checked(.excessNoise) { $0 >= 0 && $0 <= 1e9 })
    }
}
