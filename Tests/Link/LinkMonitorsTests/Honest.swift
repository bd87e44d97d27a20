import LinkMonitors
import QuadratureAnalysis

/// The link that the pure tests are about.
enum Honest {
    static func sensitivity(loss: Double) -> LinkSensitivity {
        LinkSensitivity(
            detection: .heterodyne, efficiency: 0.6, transmittance: Transmittance(loss: Decibels(loss)),
            electronicNoise: ShotNoiseUnits(0.1), modulationVariance: ShotNoiseUnits(5))
    }
}
