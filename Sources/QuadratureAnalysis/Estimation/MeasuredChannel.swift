/// What measured data say about a channel: values, one standard deviation, and the bounds that hold except with
/// probability ε each, the calibration's own uncertainty included (physics.md §3).
///
/// In raw units: with t² = |g|²/scale² (LSB² per SNU), `ξ̂_in = (S² − V_on)/t²`, which needs neither η nor V_off, and
/// `T̂ = t²/(μ′ηN0)`. Nothing is clamped: ξ̂ may be negative by statistics.
public struct MeasuredChannel: Sendable, Hashable {
    /// A value, its σ, and its bound on the side that is worse for the key.
    public struct Bounded<Quantity: PhysicalQuantity>: Sendable, Hashable {
        /// Value and σ.
        public var estimate: Estimate<Quantity>
        /// T_min, ξ_max, least v_el, greatest V_A, least SNR.
        public var worstCase: Quantity
    }

    /// What is assumed beside the samples.
    public struct Calibration: Sendable, Hashable {
        /// What Alice's words mean.
        public var scale: ModulationScale
        /// σ(V_A)/V_A of that scale, as Alice's calibration says.
        public var relativeModulationSigma: Double
        /// η, from Bob's connector to the ADC.
        public var efficiency: Double
        /// σ(η).
        public var efficiencySigma: Double

        /// A calibration; 0 < η ≤ 1, σ ≥ 0.
        public init(
            scale: ModulationScale, relativeModulationSigma: Double = 0, efficiency: Double, efficiencySigma: Double = 0
        ) {
            self.scale = scale
            self.relativeModulationSigma = relativeModulationSigma
            self.efficiency = efficiency
            self.efficiencySigma = efficiencySigma
        }
    }

    /// Why measured data bound no channel.
    public enum Failure: Error, Hashable, CustomStringConvertible {
        /// There is no fit.
        case noFit(EstimateFailure)
        /// The gain does not stand out so far that a worst case above 0 exists.
        case noBound(significance: Double, needed: Double)
        /// Even the worst case of ξ lies below 0: V_on is over-estimated, by an attack, a drift or a leaking shutter.
        case excessNoiseBelowZero(worstCase: ExcessNoise<Plane.Input>)

        /// The fact in a sentence.
        public var description: String {
            switch self {
            case .noFit(let failure): failure.description
            case .noBound(let significance, let needed):
                "the gain stands out by \(significance) σ, a worst case needs more than \(needed) σ"
            case .excessNoiseBelowZero(let worst):
                "even the worst case of the excess noise, \(worst.value) SNU, lies below 0: V_on is over-estimated"
            }
        }
    }

    /// One cause of an uncertainty: its own σ in the quantity's unit.
    public struct Share: Sendable, Hashable {
        /// Which quantity: `transmittance` or `excessNoise`.
        public var quantity: String
        /// Where it comes from.
        public var cause: String
        /// One standard deviation from this cause alone.
        public var sigma: Double
    }

    /// T; its worst case is T_min.
    public let transmittance: Bounded<Transmittance>
    /// ξ_in; its worst case is ξ_max.
    public let excessNoise: Bounded<ExcessNoise<Plane.Input>>
    /// v_el; its worst case is the least: trusted noise hides less.
    public let electronicNoise: Bounded<ShotNoiseUnits>
    /// V_A of the very symbols that were used.
    public let modulationVariance: Bounded<ShotNoiseUnits>
    /// t²V_A/S² of one measured quadrature.
    public let signalToNoise: Bounded<Ratio>
    /// The causes; their squares add up to σ².
    public let budget: [Share]
    /// The fit.
    public let gain: GainFit

    /// Evaluates a fit.
    ///
    /// - Parameters:
    ///   - shotNoise: a two-time evaluation of the same receiver.
    ///   - deviations: w = √2·erf⁻¹(1−ε), how many σ a bound lies away.
    /// - Throws: `Failure`; nothing is divided by a gain that does not stand out.
    public init(
        _ gain: GainFit, detection: Detection, shotNoise: ShotNoise, calibration: Calibration, deviations w: Double
    ) throws(Failure) {
        let needed = max(w, TrainingRegression.leastSignificance)
        guard gain.significance > needed, gain.squaredGain > 0 else {
            throw .noBound(significance: gain.significance, needed: needed)
        }
        guard let dark = shotNoise.electronicVariance, let noise = shotNoise.electronicNoise else {
            throw .noFit(.noShotNoise(vacuum: shotNoise.vacuumVariance.value, dark: RawVariance(.nan)))
        }
        let (on, off, residual) = (shotNoise.vacuumVariance, dark, gain.residualVariance)
        let shot = on.value.value - off.value.value
        let scale = calibration.scale.value
        let power = gain.squaredGain / (scale * scale)
        let share = detection.quadratureShare * calibration.efficiency

        // Relative standard deviations of the factors.
        let relativePower = gain.squaredGainSigma / gain.squaredGain
        let (relativeOn, relativeOff) = (on.sigma.value / shot, off.sigma.value / shot)
        let relativeEfficiency = calibration.efficiencySigma / calibration.efficiency
        let relativeScale = calibration.relativeModulationSigma

        let channel = power / (share * shot)
        let excess = (residual.value.value - on.value.value) / power
        let shares = [
            Share(quantity: "transmittance", cause: "correlation of Alice and Bob", sigma: channel * relativePower),
            Share(quantity: "transmittance", cause: "vacuum variance", sigma: channel * relativeOn),
            Share(quantity: "transmittance", cause: "electronic variance", sigma: channel * relativeOff),
            Share(quantity: "transmittance", cause: "efficiency", sigma: channel * relativeEfficiency),
            Share(quantity: "transmittance", cause: "modulation variance", sigma: channel * relativeScale),
            Share(quantity: "excessNoise", cause: "residual variance", sigma: residual.sigma.value / power),
            Share(quantity: "excessNoise", cause: "vacuum variance", sigma: on.sigma.value / power),
            Share(
                quantity: "excessNoise", cause: "correlation of Alice and Bob", sigma: excess.magnitude * relativePower),
            Share(quantity: "excessNoise", cause: "modulation variance", sigma: excess.magnitude * relativeScale),
        ]
        func sigma(_ quantity: String) -> Double {
            shares.filter { $0.quantity == quantity }.reduce(0) { $0 + $1.sigma * $1.sigma }.squareRoot()
        }
        let samples = min(on.samples, residual.samples)

        // Bounds: every factor at its own. t_min from the gain itself, whose error is Gaussian, not from its square.
        let leastGain = (gain.squaredGain.squareRoot() - w * gain.sigma) / scale
        let leastPower = leastGain * leastGain / (1 + w * relativeScale)
        let greatestShot = shot + w * hypotenuse(on.sigma.value, off.sigma.value)
        let greatestEfficiency = min(1, calibration.efficiency + w * calibration.efficiencySigma)
        let worstChannel = leastPower / (detection.quadratureShare * greatestEfficiency * greatestShot)
        let worstResidual = residual.value.value + w * residual.sigma.value
        let worstExcess = (worstResidual - (on.value.value - w * on.sigma.value)) / leastPower
        guard worstExcess >= 0 else { throw .excessNoiseBelowZero(worstCase: ExcessNoise(worstExcess)) }

        transmittance = Bounded(
            estimate: Estimate(Transmittance(channel), sigma: Transmittance(sigma("transmittance")), samples: samples),
            worstCase: Transmittance(worstChannel))
        excessNoise = Bounded(
            estimate: Estimate(ExcessNoise(excess), sigma: ExcessNoise(sigma("excessNoise")), samples: samples),
            worstCase: ExcessNoise(worstExcess))
        electronicNoise = Bounded(
            estimate: noise, worstCase: ShotNoiseUnits(max(0, noise.value.value - w * noise.sigma.value)))
        let modulation = gain.modulationVariance * scale * scale
        // What Alice sent is known; its σ is that of her calibration and of a variance from so many of her samples.
        let sent = 2 * gain.symbols
        let modulationSigma = modulation * hypotenuse(relativeScale, (2 / Double(sent)).squareRoot())
        modulationVariance = Bounded(
            estimate: Estimate(ShotNoiseUnits(modulation), sigma: ShotNoiseUnits(modulationSigma), samples: sent),
            worstCase: ShotNoiseUnits(modulation * (1 + w * relativeScale)))
        let ratio = power * modulation / residual.value.value
        let ratioSigma = ratio * hypotenuse(relativePower, residual.sigma.value / residual.value.value)
        signalToNoise = Bounded(
            estimate: Estimate(Ratio(ratio), sigma: Ratio(ratioSigma), samples: residual.samples),
            worstCase: Ratio(leastGain * leastGain * modulation / worstResidual))
        budget = shares
        self.gain = gain
    }
}
