/// What training, vacuum and dark slots say about a link. Link health, not a security estimate: whoever can tell
/// training from signal attacks only the signal, so these numbers may stop a link and never release a key.
public struct LinkHealth: Sendable, Hashable {
    /// What has to stand beside these numbers wherever they are printed.
    public static let label = "link health, not a security estimate"

    /// T of the channel as the estimator reads it: phase noise of variance V_err lowers it by e^(−V_err).
    public var transmittance: Estimate<Transmittance>
    /// ξ_in, never clamped.
    public var excessNoise: Estimate<ExcessNoise<Plane.Input>>
    /// 10 log10(V_on/V_off).
    public var clearance: Estimate<Decibels>
    /// v_el = V_off/N0.
    public var electronicNoise: Estimate<ShotNoiseUnits>
    /// N0 = V_on − V_off.
    public var shotNoise: Estimate<RawVariance>
    /// V_on: local oscillator on, signal blocked.
    public var vacuumVariance: Estimate<RawVariance>
    /// V_off: local oscillator off, signal blocked.
    public var darkVariance: Estimate<RawVariance>
    /// S²: variance of Bob's samples after regression on Alice's.
    public var residualVariance: Estimate<RawVariance>
    /// t̂²V_A/S² with V_A the variance that Alice's samples had: signal over all noise, in one measured quadrature.
    public var signalToNoise: Ratio
    /// V_A as measured on Alice's samples.
    public var modulationVariance: ShotNoiseUnits
    /// Rotation of Bob's axes against Alice's, rad, −π…π.
    public var phase: Double
    /// Imbalance of Bob's quadratures, relative to |g|² (see `GainFit.imagePower`).
    public var imagePower: Double
    /// Training symbols used.
    public var symbols: Int64
}

extension TrainingRegression {
    /// |ĝ| must stand out by this many σ before anything is divided by it. At 8 a false alarm of pure noise has
    /// probability e^(−32) = 1e-14, and the neglected bias of 1/t̂² is below 1/64 of ξ̂.
    public static let leastSignificance = 8.0

    /// Estimates the state of the link.
    ///
    /// With t² = |g|²/scale² (LSB² per SNU): `ξ̂_in = (S² − V_on)/t²`, which needs neither η nor V_off, and
    /// `T̂ = t²/(μ′ηN0)` with `N0 = V_on − V_off`. Standard deviations to first order, the calibration's own included:
    /// `σ²(ξ̂) = [σ²(S²) + σ²(V_on) + ξ̂²σ²(t²)]/t⁴`, `σ²(T̂)/T̂² = σ²(t²)/t⁴ + [σ²(V_on) + σ²(V_off)]/N0²`.
    /// Alice's scale and η count as exact here.
    ///
    /// - Parameters:
    ///   - vacuum: local oscillator on, signal blocked, through the same processing as the signal.
    ///   - dark: local oscillator off, signal blocked, through the same processing.
    ///   - scale: what Alice's sample words mean at the attenuator setting of these slots.
    ///   - efficiency: η, from Bob's connector to the ADC, 0 < η ≤ 1.
    /// - Throws: `EstimateFailure` when there is nothing to divide by.
    public func estimate(
        vacuum: ReceiverMoments, dark: ReceiverMoments, scale: ModulationScale, efficiency: Double
    ) throws(EstimateFailure) -> LinkHealth {
        let fewest = min(vacuum.samples, dark.samples)
        guard fewest >= ChannelRegression.leastSymbols else {
            throw .tooFewSamples(have: fewest, need: ChannelRegression.leastSymbols)
        }
        let gain = try fit()
        let (on, off) = (vacuum.variance, dark.variance)
        guard on.value > off.value else { throw .noShotNoise(vacuum: on.value, dark: off.value) }
        guard gain.significance >= Self.leastSignificance, gain.squaredGain > 0 else {
            throw .noSignal(significance: gain.significance)
        }
        let residual = gain.residualVariance
        let samples = min(on.samples, residual.samples)
        let shot = on.value.value - off.value.value
        let shotVariance = on.sigma.squared + off.sigma.squared
        let power = gain.squaredGain / (scale.value * scale.value)
        let relativePower = gain.squaredGainSigma / gain.squaredGain

        let transmittance = power / (detection.quadratureShare * efficiency * shot)
        let transmittanceSigma =
            transmittance * (relativePower * relativePower + shotVariance / (shot * shot)).squareRoot()
        let excess = (residual.value.value - on.value.value) / power
        let excessVariance =
            (residual.sigma.squared + on.sigma.squared) / (power * power)
            + excess * excess * relativePower * relativePower
        let electronic = off.value.value / shot
        let electronicSigma =
            (on.value.squared * off.sigma.squared + off.value.squared * on.sigma.squared).squareRoot() / (shot * shot)
        let relativeOn = on.sigma.value / on.value.value
        let relativeOff = off.sigma.value / off.value.value
        // d(10 log10 r) = 10/ln 10 · dr/r.
        let clearanceSigma = 4.342_944_819_032_518 * (relativeOn * relativeOn + relativeOff * relativeOff).squareRoot()
        let modulation = gain.modulationVariance * scale.value * scale.value
        return LinkHealth(
            transmittance: Estimate(
                Transmittance(transmittance), sigma: Transmittance(transmittanceSigma), samples: samples),
            excessNoise: Estimate(
                ExcessNoise(excess), sigma: ExcessNoise(excessVariance.squareRoot()), samples: samples),
            clearance: Estimate(
                Decibels(ratio: on.value.value / off.value.value), sigma: Decibels(clearanceSigma), samples: fewest),
            electronicNoise: Estimate(
                ShotNoiseUnits(electronic), sigma: ShotNoiseUnits(electronicSigma), samples: fewest),
            shotNoise: Estimate(RawVariance(shot), sigma: RawVariance(shotVariance.squareRoot()), samples: fewest),
            vacuumVariance: on, darkVariance: off, residualVariance: residual,
            signalToNoise: Ratio(power * modulation / residual.value.value),
            modulationVariance: ShotNoiseUnits(modulation), phase: gain.phase, imagePower: gain.imagePower,
            symbols: gain.symbols)
    }
}

extension PhysicalQuantity {
    var squared: Double { value * value }
}
