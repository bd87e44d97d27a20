import QuadratureAnalysis
import SignalAnalysis

/// The heterodyne link of the physics reference, with what a test changes.
func heterodyne(
    trust: ReceiverModel.Trust = .trusted, modulationVariance: Double = 5, excessNoise: Double = 0.01,
    plane: NoisePlane = .input, efficiency: Double = 0.6, electronicNoise: Double = 0.1, reconciliation: Double = 0.95,
    block: KeyRateScenario.Block? = nil, symbolRate: Double? = nil
) throws(KeyRateFailure) -> KeyRateScenario {
    try KeyRateScenario(
        detection: .heterodyne, trust: trust, modulationVariance: modulationVariance, excessNoise: excessNoise,
        plane: plane, efficiency: efficiency, electronicNoise: electronicNoise, reconciliation: reconciliation,
        block: block, symbolRate: symbolRate)
}
