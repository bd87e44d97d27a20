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
    /// V_off, V_on and N0 as they entered.
    public let receiver: ShotNoise
    /// What Alice's sample words mean, as it entered.
    public let scale: ModulationScale
    /// The sums that these numbers come from.
    public let training: TrainingRegression

    /// The same data with the bounds and the budget that signal data would have: what the *link* could do, to plan
    /// with. Still link health and no security estimate.
    ///
    /// - Parameters:
    ///   - efficiency: η with its uncertainty, which need not be the one that the session was run with.
    ///   - modulationSigma: σ(V_A)/V_A by Alice's calibration.
    public func bounded(
        efficiency: Estimate<Ratio>, modulationSigma: Ratio = Ratio(0), failureProbability: FailureProbability
    ) throws(EstimateFailure) -> ChannelEstimate {
        // V_A goes with the square of the scale.
        try training.channel(
            receiver,
            scale: Estimate(scale, sigma: ModulationScale(scale.value * modulationSigma.value / 2), samples: 0),
            efficiency: efficiency, failureProbability: failureProbability)
    }
}

extension TrainingRegression {
    /// Estimates the state of the link, as `ChannelEstimator` does it; Alice's scale and η count as exact here.
    ///
    /// Unlike `ShotNoise.init(vacuum:dark:)` this takes clipped samples and few of them: a link that is unwell must show
    /// its numbers, and none of them releases a key.
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
        // Alice before Bob: without modulation there is nothing to say of a receiver either.
        _ = try fit()
        for moments in [vacuum, dark] {
            if case .constant? = moments.degeneracy() { throw .degenerate(.constant) }
        }
        let (on, off) = (vacuum.variance, dark.variance)
        let receiver = ShotNoise(method: .twoTime, vacuum: on, dark: off)
        guard on.value > off.value, let electronic = receiver.electronicNoise, let clearance = receiver.clearance else {
            throw .noShotNoise(vacuum: on.value, dark: off.value)
        }
        let found = try channel(
            receiver, scale: Estimate(scale, sigma: ModulationScale(0), samples: 0),
            efficiency: Estimate(Ratio(efficiency), sigma: Ratio(0), samples: 0),
            failureProbability: .customary)
        return LinkHealth(
            transmittance: found.transmittance.estimate, excessNoise: found.excessNoise.estimate,
            clearance: clearance, electronicNoise: electronic, shotNoise: receiver.shotNoiseVariance,
            vacuumVariance: on, darkVariance: off, residualVariance: found.residualVariance,
            signalToNoise: found.signalToNoise.estimate.value,
            modulationVariance: found.modulationVariance.estimate.value, phase: found.phase,
            imagePower: found.imagePower, symbols: found.symbols, receiver: receiver, scale: scale, training: self)
    }

    /// The one place where sums over training symbols reach the estimator that keys rest on. What comes out is link
    /// health and no security estimate: it stays behind `LinkHealth`, whose label goes wherever it is printed.
    fileprivate func channel(
        _ receiver: ShotNoise, scale: Estimate<ModulationScale>, efficiency: Estimate<Ratio>,
        failureProbability: FailureProbability
    ) throws(EstimateFailure) -> ChannelEstimate {
        let estimator = ChannelEstimator(
            shotNoise: receiver, efficiency: efficiency,
            scale: scale, failureProbability: failureProbability)
        return try estimator.estimate(sums)
    }
}

extension PhysicalQuantity {
    var squared: Double { value * value }
}
