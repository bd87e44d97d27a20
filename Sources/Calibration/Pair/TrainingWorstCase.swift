internal import QuadratureAnalysis

/// T_min and ξ_max of what training showed, the calibration's own uncertainty included (physics.md §3, `estimate`):
/// `ξ_max = [S² + wσ(S²) − V_on + wσ(V_on)]/t²_min`, `T_min = t²_min/(μ′·η_max·N0_max)`, t² in LSB² per SNU. Pure.
///
/// Link health, not a security estimate: whoever can tell training from signal attacks only the signal.
struct TrainingWorstCase: Sendable {
    let bounds: WorstCase?
    /// Contributions to σ(ξ_in), SNU.
    let budget: [(cause: String, sigma: Double)]

    init(
        _ health: LinkHealth, detection: Detection, efficiency: (value: Double, sigma: Double),
        epsilon: FailureProbability
    ) {
        let w = epsilon.deviations
        let (residual, on) = (health.residualVariance, health.vacuumVariance)
        let shot = health.shotNoise
        let share = detection.quadratureShare
        let power = health.transmittance.value.value * share * efficiency.value * shot.value.value
        // σ(T)² holds σ(t²)² and σ(N0)² (`TrainingRegression.estimate`); the first alone is wanted here.
        let (relativeT, relativeShot) = (
            health.transmittance.sigma.value / health.transmittance.value.value, shot.sigma.value / shot.value.value
        )
        let relativePower = max(0, relativeT * relativeT - relativeShot * relativeShot).squareRoot()
        let root = 1 - w * relativePower / 2
        let least = root > 0 ? power * root * root : 0
        let greatestEfficiency = min(1, efficiency.value + w * efficiency.sigma)
        if least > 0 {
            bounds = WorstCase(
                transmittance: Transmittance(
                    least / (share * greatestEfficiency * (shot.value.value + w * shot.sigma.value))),
                excessNoise: ExcessNoise(
                    (residual.value.value + w * residual.sigma.value - on.value.value + w * on.sigma.value) / least))
        } else {
            bounds = nil
        }
        budget = [
            ("training samples (S²)", residual.sigma.value / power),
            ("vacuum samples (V_on)", on.sigma.value / power),
            ("gain of the link (t²)", abs(health.excessNoise.value.value) * relativePower),
        ]
    }
}
