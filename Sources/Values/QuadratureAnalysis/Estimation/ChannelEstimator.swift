/// Estimates a channel from measured data, with bounds that include the calibration's own uncertainty (physics.md §3,
/// after Leverrier 2010 [4], which takes the calibration as exact).
///
/// In raw units `ξ̂_in = (S² − V_on)/t²`, t² = |g|²/scale², needs neither η nor V_off: V_on is the number that security
/// stands on, V_off and η only scale T. With w = √2·erf⁻¹(1−ε):
///
///     ξ_max = [S² + wσ(S²) − V_on + wσ(V_on)] / t²_min        t_min = t − wσ(t), V_A at its upper bound
///     T_min = t²_min / (μ′·η_max·N0_max)
///
/// Each quantity stands at its own bound, so the failure probabilities add up: with k bounds a statement fails with at
/// most kε.
public struct ChannelEstimator: Sendable {
    /// V_off, V_on and N0: a two-time evaluation.
    public var shotNoise: ShotNoise
    /// η, from Bob's connector to the ADC.
    public var efficiency: Estimate<Ratio>
    /// What Alice's sample words mean at the attenuator setting of these symbols; V_A goes with its square.
    public var scale: Estimate<ModulationScale>
    /// ε of each bound.
    public var failureProbability: FailureProbability

    /// An estimator. `shotNoise` has dark samples, 0 < η ≤ 1, scale > 0.
    public init(
        shotNoise: ShotNoise, efficiency: Estimate<Ratio>, scale: Estimate<ModulationScale>,
        failureProbability: FailureProbability
    ) {
        self.shotNoise = shotNoise
        self.efficiency = efficiency
        self.scale = scale
        self.failureProbability = failureProbability
    }

    /// Estimates the channel from sums over any symbols of which both sides are known.
    ///
    /// - Throws: `EstimateFailure` when there is nothing to divide by, or dark samples are missing.
    public func estimate(_ regression: ChannelRegression) throws(EstimateFailure) -> ChannelEstimate {
        guard let off = shotNoise.electronicVariance, let electronic = shotNoise.electronicNoise else {
            throw .noDarkSamples
        }
        let (η, known) = (efficiency.value.value, scale.value.value)
        guard η > 0, η <= 1, efficiency.sigma.value >= 0, efficiency.sigma.value.isFinite else {
            throw .impossibleEfficiency(efficiency)
        }
        guard known > 0, known.isFinite, scale.sigma.value >= 0, scale.sigma.value.isFinite else {
            throw .impossibleScale(scale)
        }
        let gain = try regression.fit()
        guard gain.significance >= ChannelRegression.leastSignificance, gain.squaredGain > 0 else {
            throw .noSignal(significance: gain.significance)
        }
        // Without noise nothing was measured, and ξ̂ would be −V_on/t² with σ 0.
        guard gain.residualVariance.value.value > 0, gain.significance.isFinite else { throw .degenerate(.constant) }
        let raw = RawChannel(gain, shotNoise.vacuumVariance, off, scale)
        let share = regression.detection.quadratureShare
        let deviations = failureProbability.deviations

        let transmittance = raw.power / (share * efficiency.value.value * raw.shotNoise)
        let excess = raw.excessNoise
        let budget = UncertaintyBudget(
            transmittance: UncertaintyBudget.lines([
                .gain: transmittance * raw.relativeGain,
                .vacuumSamples: transmittance * raw.vacuum.sigma.value / raw.shotNoise,
                .darkSamples: transmittance * raw.dark.sigma.value / raw.shotNoise,
                .efficiency: transmittance * efficiency.relativeSigma,
                .modulationVariance: transmittance * raw.relativeModulation,
            ]),
            excessNoise: UncertaintyBudget.lines([
                .signalSamples: raw.residual.sigma.value / raw.power,
                .vacuumSamples: raw.vacuum.sigma.value / raw.power,
                .gain: excess * raw.relativeGain,
                .modulationVariance: excess * raw.relativeModulation,
            ]),
            electronicNoise: UncertaintyBudget.lines([
                .vacuumSamples: raw.dark.value.value * raw.vacuum.sigma.value / (raw.shotNoise * raw.shotNoise),
                .darkSamples: raw.vacuum.value.value * raw.dark.sigma.value / (raw.shotNoise * raw.shotNoise),
            ]))
        let samples = min(raw.vacuum.samples, raw.residual.samples)
        let modulation = raw.modulationVariance
        let ratio = raw.signalToNoise
        return ChannelEstimate(
            transmittance: ChannelEstimate.Bounded(
                estimate: Estimate(
                    Transmittance(transmittance),
                    sigma: Transmittance(UncertaintyBudget.total(budget.transmittance)), samples: samples),
                worstCase: raw.leastTransmittance(deviations, efficiency: efficiency, share: share)),
            excessNoise: ChannelEstimate.Bounded(
                estimate: Estimate(
                    ExcessNoise(excess), sigma: ExcessNoise(UncertaintyBudget.total(budget.excessNoise)),
                    samples: samples),
                worstCase: raw.greatestExcessNoise(deviations)),
            excessNoiseAtOutput: raw.excessNoise(deviations, efficiency: efficiency, share: share),
            excessNoiseAtDetector: raw.excessNoise(
                deviations, efficiency: Estimate(Ratio(1), sigma: Ratio(0), samples: 0), share: 1),
            electronicNoise: ChannelEstimate.Bounded(
                estimate: electronic,
                worstCase: ShotNoiseUnits(
                    max(0, electronic.value.value - deviations * electronic.sigma.value))),
            modulationVariance: ChannelEstimate.Bounded(
                estimate: modulation,
                worstCase: ShotNoiseUnits(modulation.value.value + deviations * modulation.sigma.value)),
            signalToNoise: ChannelEstimate.Bounded(
                estimate: ratio, worstCase: Ratio(max(0, ratio.value.value - deviations * ratio.sigma.value))),
            residualVariance: raw.residual, phase: gain.phase, imagePower: gain.imagePower, symbols: gain.symbols,
            budget: budget)
    }
}

/// The measured variances of one estimate, LSB² and LSB² per SNU.
private struct RawChannel {
    let gain: GainFit
    let vacuum: Estimate<RawVariance>
    let dark: Estimate<RawVariance>
    let scale: Estimate<ModulationScale>

    init(
        _ gain: GainFit, _ vacuum: Estimate<RawVariance>, _ dark: Estimate<RawVariance>,
        _ scale: Estimate<ModulationScale>
    ) {
        self.gain = gain
        self.vacuum = vacuum
        self.dark = dark
        self.scale = scale
    }

    var residual: Estimate<RawVariance> { gain.residualVariance }
    /// N0.
    var shotNoise: Double { vacuum.value.value - dark.value.value }
    /// t².
    var power: Double { gain.squaredGain / (scale.value.value * scale.value.value) }
    /// σ(|g|²)/|g|².
    var relativeGain: Double { gain.squaredGainSigma / gain.squaredGain }
    /// σ(V_A)/V_A as far as it comes from the scale.
    var relativeModulation: Double { 2 * scale.relativeSigma }
    var excessNoise: Double { (residual.value.value - vacuum.value.value) / power }

    /// V_A of the symbols that entered; its σ has their number and the scale.
    var modulationVariance: Estimate<ShotNoiseUnits> {
        let value = gain.modulationVariance * scale.value.value * scale.value.value
        let statistical = (1 / Double(gain.symbols)).squareRoot()
        return Estimate(
            ShotNoiseUnits(value), sigma: ShotNoiseUnits(value * hypotenuse(statistical, relativeModulation)),
            samples: 2 * gain.symbols)
    }

    /// Independent of the scale, which enters t² and V_A alike.
    var signalToNoise: Estimate<Ratio> {
        let value = gain.squaredGain * gain.modulationVariance / residual.value.value
        return Estimate(
            Ratio(value), sigma: Ratio(value * hypotenuse(relativeGain, residual.relativeSigma)),
            samples: residual.samples)
    }

    /// (t ∓ wσ(t))² with V_A at its upper or lower bound; nil below zero.
    private func power(_ deviations: Double) -> Double? {
        let amplitude = gain.squaredGain.squareRoot()
        let bound = amplitude - deviations * gain.squaredGainSigma / (2 * amplitude)
        let modulation = 1 + deviations * relativeModulation
        return bound > 0 && modulation > 0 ? bound * bound / (scale.value.squared * modulation) : nil
    }

    func leastTransmittance(_ deviations: Double, efficiency: Estimate<Ratio>, share: Double) -> Transmittance? {
        guard let least = power(deviations) else { return nil }
        // Nothing detects more than all of the light.
        let greatestEfficiency = min(1, efficiency.value.value + deviations * efficiency.sigma.value)
        let greatestShotNoise = shotNoise + deviations * hypotenuse(vacuum.sigma.value, dark.sigma.value)
        return Transmittance(least / (share * greatestEfficiency * greatestShotNoise))
    }

    /// (S² − V_on)/(μ′ηN0): at the output, or with μ′ = η = 1 at the detector. V_on stands above and below.
    func excessNoise<At: ReferencePlane>(
        _ deviations: Double, efficiency: Estimate<Ratio>, share: Double
    ) -> ChannelEstimate.Bounded<ExcessNoise<At>> {
        let divisor = share * efficiency.value.value * shotNoise
        let excess = residual.value.value - vacuum.value.value
        let contributions = [
            residual.sigma.value / divisor, (1 + excess / shotNoise) * vacuum.sigma.value / divisor,
            excess / shotNoise * dark.sigma.value / divisor, excess / divisor * efficiency.relativeSigma,
        ]
        let sigma = contributions.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let greatest = excess + deviations * (residual.sigma.value + vacuum.sigma.value)
        let side = greatest >= 0 ? -deviations : deviations
        let bound =
            share * min(1, efficiency.value.value + side * efficiency.sigma.value)
            * (shotNoise + side * hypotenuse(vacuum.sigma.value, dark.sigma.value))
        return ChannelEstimate.Bounded(
            estimate: Estimate(
                ExcessNoise(excess / divisor), sigma: ExcessNoise(sigma), samples: min(vacuum.samples, residual.samples)
            ),
            worstCase: bound > 0 ? ExcessNoise(greatest / bound) : nil)
    }

    /// What exceeds V_on is divided by the smallest t². What falls short of it by more than its uncertainty, which no
    /// channel does, by the largest: an upper bound all the same.
    func greatestExcessNoise(_ deviations: Double) -> ExcessNoise<Plane.Input>? {
        let excess =
            residual.value.value + deviations * residual.sigma.value
            - (vacuum.value.value - deviations * vacuum.sigma.value)
        return power(excess >= 0 ? deviations : -deviations).map { ExcessNoise(excess / $0) }
    }
}
