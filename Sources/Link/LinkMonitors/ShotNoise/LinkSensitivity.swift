public import QuadratureAnalysis

/// What an error of the shot-noise unit costs on this link: the factors of physics.md §2.
public struct LinkSensitivity: Sendable, Hashable {
    /// How Bob measures.
    public var detection: Detection
    /// η, from Bob's connector to the converter.
    public var efficiency: Double
    /// T of the channel: the commissioned one, or better the present estimate.
    public var transmittance: Transmittance
    /// v_el, SNU.
    public var electronicNoise: ShotNoiseUnits
    /// V_A, SNU.
    public var modulationVariance: ShotNoiseUnits

    /// The factors of one link.
    public init(
        detection: Detection, efficiency: Double, transmittance: Transmittance, electronicNoise: ShotNoiseUnits,
        modulationVariance: ShotNoiseUnits
    ) {
        self.detection = detection
        self.efficiency = efficiency
        self.transmittance = transmittance
        self.electronicNoise = electronicNoise
        self.modulationVariance = modulationVariance
    }

    /// 1/(μ′ηT): ξ at the input for one SNU at the detector.
    public var inputPerDetector: Double {
        1 / (detection.quadratureShare * efficiency * transmittance.value)
    }

    /// −(1 + v_el)·δ/(μ′ηT): by how much ξ̂_in is off when the V_on in use is too large by the part δ.
    public func excessNoise(vacuumError relative: Double) -> ExcessNoise<Plane.Input> {
        ExcessNoise(-(1 + electronicNoise.value) * relative * inputPerDetector)
    }

    /// The excess noise that can hide behind the statistics of `samples` vacuum samples: V_on may be over-estimated by
    /// w√(2/n_on), w = √2·erf⁻¹(1 − ε), and no analysis of these samples can tell.
    public func hidden(vacuumSamples: Int64, epsilon: Double) -> ExcessNoise<Plane.Input> {
        let deviations = NormalDistribution.twoSidedQuantile(tail: epsilon)
        return ExcessNoise(
            (1 + electronicNoise.value) * deviations * (2 / Double(vacuumSamples)).squareRoot() * inputPerDetector)
    }
}
