public import QuadratureAnalysis

/// One window of vacuum samples of a running session, judged.
public struct ShotNoiseWindow: Sendable, Hashable {
    /// Counts from 0.
    public var index: Int
    /// V_on of this window, LSB².
    public var vacuum: Estimate<RawVariance>
    /// Mean power of the local oscillator over it, W; nil if unknown.
    public var localOscillatorPower: Double?
    /// V_on against the reference; nil while there is none.
    public var comparison: VarianceComparison?
    /// (V_on − V_off)/P_LO against the reference's, less 1; nil without power or V_off.
    public var shotNoisePerPower: Estimate<Ratio>?
    /// What was noticed in it.
    public var alarms: [ShotNoiseAlarm]

    /// δ: V_on of this window against the reference, less 1; its σ contains the reference's. What `step` is judged by. Nil
    /// while there is no reference.
    public var change: Estimate<Ratio>? {
        comparison.map {
            Estimate(Ratio($0.ratio - 1), sigma: Ratio($0.ratio * $0.relativeSigma), samples: vacuum.samples)
        }
    }
}

/// What the tracker noticed.
public enum ShotNoiseAlarm: String, Sendable, Hashable, CaseIterable {
    /// This window's V_on is not the reference's.
    case step
    /// The smoothed V_on has left the reference (EWMA).
    case drift
    /// Small deviations of one sign have added up (CUSUM).
    case lastingShift
    /// (V_on − V_off)/P_LO is not what it was: not explained by the local oscillator's power.
    case perPower
    /// Samples at the converter's limits: the variance is a censored one.
    case clipped
}

/// Where the shot noise of a session stands.
public struct ShotNoiseState: Sendable, Hashable {
    /// All vacuum samples of the session, LSB².
    public var session: Estimate<RawVariance>
    /// The latest whole window.
    public var window: ShotNoiseWindow?
    /// −(1 + v_el)·δ/(μ′ηT) with δ the window's change: how far ξ̂ of this window would be off with the reference.
    public var changeEffect: Estimate<ExcessNoise<Plane.Input>>?
    /// Smoothed V_on (EWMA), LSB², with the statistical error of the smoothing.
    public var smoothed: Estimate<RawVariance>?
    /// δ: smoothed V_on against the reference, less 1; its σ contains the reference's.
    public var drift: Estimate<Ratio>?
    /// −(1 + v_el)·δ/(μ′ηT): how far ξ̂ would be off if the reference were still used.
    public var driftEffect: Estimate<ExcessNoise<Plane.Input>>?
    /// What can hide behind the statistics of all vacuum samples so far, at `hiddenEpsilon`.
    public var hidden: ExcessNoise<Plane.Input>?
    /// Failure probability of `hidden`.
    public var hiddenEpsilon: Double
    /// V_off, LSB²; nil if never measured.
    public var dark: Estimate<RawVariance>?
    /// Where the reference comes from; nil while there is none.
    public var reference: ShotNoiseReference.Source?
    /// Windows judged.
    public var windows: Int
    /// How often each alarm was raised.
    public var alarms: [ShotNoiseAlarm: Int]
}
