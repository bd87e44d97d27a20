/// Plans sample counts from the wanted σ(ξ_in) and the loss of the link (physics.md §2):
/// `σ(ξ_in) = (1+v_el)·√(2/m + 2/n_on)/(μ′ηT)`, m data pairs and n_on vacuum samples.
///
/// The loss decides: 5 dB more cost ten times the samples. V_off does not enter, it only scales.
public struct SamplePlanner: Sendable, Hashable {
    /// How Bob measures.
    public let detection: Detection
    /// (1+v_el)/(μ′ηT): what a relative error of V_on or S² becomes in ξ_in, SNU.
    public let leverage: Double
    /// 1 + 2Σρ_k²: correlated samples that count as one.
    public let correlation: Double

    /// A planner for a link.
    ///
    /// - Parameters:
    ///   - efficiency: η, 0 < η ≤ 1.
    ///   - electronicNoise: v_el ≥ 0.
    ///   - transmittance: T of the channel, as far as it is known, 0 < T ≤ 1.
    ///   - correlation: 1 + 2Σρ_k² of the receiver's samples; 1 if they are independent.
    public init(
        detection: Detection, efficiency: Double, electronicNoise: ShotNoiseUnits, transmittance: Transmittance,
        correlation: Double = 1
    ) throws(PlanningFailure) {
        guard correlation.isFinite, correlation >= 1 else { throw .correlation(correlation) }
        do throws(KeyRateFailure) {
            // Trust does not matter here: it decides what the noise means, not how well it is known.
            let receiver = try ReceiverModel(
                detection: detection, efficiency: efficiency, electronicNoise: electronicNoise, trust: .trusted)
            let channel = try transmittance.value.checked(.transmittance) { $0 > 0 && $0 <= 1 }
            leverage =
                (1 + receiver.electronicNoise.value) / (detection.quadratureShare * receiver.efficiency * channel)
        } catch {
            throw .parameter(error)
        }
        self.detection = detection
        self.correlation = correlation
    }

    /// σ(ξ_in) of so many samples.
    public func sigma(signalSamples: Int64, vacuumSamples: Int64) -> ExcessNoise<Plane.Input> {
        sigma(1 / Double(signalSamples) + 1 / Double(vacuumSamples))
    }

    private func sigma(_ inverse: Double) -> ExcessNoise<Plane.Input> {
        ExcessNoise(leverage * (2 * correlation * inverse).squareRoot())
    }

    /// Vacuum samples for a σ(ξ_in) when data are plentiful; or data samples, when vacuum is.
    public func vacuumSamples(for sigma: ExcessNoise<Plane.Input>) throws(PlanningFailure) -> Int64 {
        try Self.count(independentSamples(for: sigma))
    }

    /// Vacuum samples before V_on is known so well that `deviations`·σ(ξ_in) is `share` of the null-key noise: what an
    /// evidence window has to hold before it may release key.
    public func evidenceWindow(
        nullKeyNoise: ExcessNoise<Plane.Input>, share: Double = 0.2, deviations: Double = 6.5
    ) throws(PlanningFailure) -> Int64 {
        try vacuumSamples(for: ExcessNoise(share * nullKeyNoise.value / deviations))
    }

    /// A measurement in which vacuum and signal have fixed shares of the slots.
    ///
    /// - Parameters:
    ///   - sigma: the wanted σ(ξ_in).
    ///   - vacuumFraction: share of the slots that Bob makes vacuum.
    ///   - signalFraction: share of the slots whose data both sides compare (of a calibration: training).
    public func plan(
        sigma: ExcessNoise<Plane.Input>, vacuumFraction: Double, signalFraction: Double
    ) throws(PlanningFailure) -> SamplePlan {
        guard vacuumFraction > 0, signalFraction > 0, vacuumFraction + signalFraction <= 1 + 1e-12 else {
            throw .shares(vacuum: vacuumFraction, signal: signalFraction)
        }
        let slots =
            try independentSamples(for: sigma) * (1 / vacuumFraction + 1 / signalFraction)
            / Double(detection.samplesPerSymbol)
        let symbols = try Self.count(slots)
        let samples = Double(symbols) * Double(detection.samplesPerSymbol)
        let vacuum = try Self.count(samples * vacuumFraction)
        let signal = try Self.count(samples * signalFraction)
        return SamplePlan(
            detection: detection, vacuumSamples: vacuum, signalSamples: signal, symbols: symbols,
            sigma: self.sigma(signalSamples: signal, vacuumSamples: vacuum))
    }

    /// The quickest measurement: as many vacuum as signal samples. `overhead` is the share of slots that are neither.
    public func quickest(
        sigma: ExcessNoise<Plane.Input>, overhead: Double = 0
    ) throws(PlanningFailure) -> SamplePlan {
        try plan(sigma: sigma, vacuumFraction: (1 - overhead) / 2, signalFraction: (1 - overhead) / 2)
    }

    /// n with σ = leverage·√(2·correlation/n).
    private func independentSamples(for sigma: ExcessNoise<Plane.Input>) throws(PlanningFailure) -> Double {
        guard sigma.value.isFinite, sigma.value > 0 else { throw .wantedUncertainty(sigma) }
        let relative = leverage / sigma.value
        return 2 * correlation * relative * relative
    }

    /// A number of samples, at least 2: a variance takes that many.
    private static func count(_ samples: Double) throws(PlanningFailure) -> Int64 {
        guard samples <= 9e15 else { throw .beyondReach(samples: samples) }
        return max(2, Int64(samples.rounded(.up)))
    }
}
