public import LinkMonitors
public import QuadratureAnalysis

/// Shot noise of a running session, as scripts get it: `link start --json` (`liveShotNoise`), `link status --json`, and a line
/// of `shot-noise watch --json`. It lies here because the file of a running session holds it.
public struct LiveShotNoiseDocument: Codable, Sendable, Hashable {
    /// A value with its standard deviation; nil for what JSON cannot hold.
    public struct Figure: Codable, Sendable, Hashable {
        /// In `unit`.
        public var value: Double?
        /// One standard deviation, in `unit`.
        public var sigma: Double?
        /// Samples that it rests on.
        public var samples: Int64
        /// Unit of measure.
        public var unit: String

        /// An estimate.
        public init<Quantity>(_ estimate: Estimate<Quantity>, _ unit: String) {
            value = Self.finite(estimate.value.value)
            sigma = Self.finite(estimate.sigma.value)
            samples = estimate.samples
            self.unit = unit
        }

        static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    }

    /// One window of vacuum samples.
    public struct Window: Codable, Sendable, Hashable {
        /// Counts from 0.
        public var index: Int
        /// V_on.
        public var vacuumVariance: Figure
        /// W.
        public var localOscillatorPower: Double?
        /// V_on/V_ref − 1.
        public var change: Double?
        /// One standard deviation of `change`, the reference's included.
        public var changeSigma: Double?
        /// By how much ξ̂_in of this window would be off with the reference in place of its own V_on.
        public var changeEffect: Figure?
        /// The same as a standard normal score.
        public var score: Double?
        /// (V_on − V_off)/P_LO against the reference's, less 1.
        public var shotNoisePerPower: Figure?
        /// What was noticed in it.
        public var alarms: [String]

        init(_ window: ShotNoiseWindow, effect: Estimate<ExcessNoise<Plane.Input>>?) {
            index = window.index
            vacuumVariance = Figure(window.vacuum, "LSB^2")
            localOscillatorPower = window.localOscillatorPower.flatMap(Figure.finite)
            change = window.comparison.flatMap { Figure.finite($0.ratio - 1) }
            changeSigma = window.change.flatMap { Figure.finite($0.sigma.value) }
            changeEffect = effect.map { Figure($0, "SNU") }
            score = window.comparison.flatMap { Figure.finite($0.score) }
            shotNoisePerPower = window.shotNoisePerPower.map { Figure($0, "1") }
            alarms = window.alarms.map(\.rawValue)
        }
    }

    /// V_on over the whole session.
    public var vacuumVariance: Figure
    /// V_off.
    public var electronicVariance: Figure?
    /// The latest whole window.
    public var window: Window?
    /// V_on, exponentially smoothed over windows.
    public var smoothedVacuumVariance: Figure?
    /// Smoothed V_on against the reference, less 1. It follows a sudden change only after many windows; what the latest one
    /// shows is `window.change`.
    public var drift: Figure?
    /// By how much ξ̂_in would be off with the reference in place of the live V_on.
    public var driftEffect: Figure?
    /// What can hide behind the statistics of all vacuum samples, SNU at the input.
    public var hiddenExcessNoise: Double?
    /// Failure probability of `hiddenExcessNoise`.
    public var hiddenEpsilon: Double
    /// calibration, or firstWindows: then what was wrong from the start is not seen.
    public var reference: String?
    /// Windows judged.
    public var windows: Int
    /// How often each was raised.
    public var alarms: [String: Int]

    /// Where the shot noise of a session stands.
    public init(_ state: ShotNoiseState) {
        vacuumVariance = Figure(state.session, "LSB^2")
        electronicVariance = state.dark.map { Figure($0, "LSB^2") }
        window = state.window.map { Window($0, effect: state.changeEffect) }
        smoothedVacuumVariance = state.smoothed.map { Figure($0, "LSB^2") }
        drift = state.drift.map { Figure($0, "1") }
        driftEffect = state.driftEffect.map { Figure($0, "SNU") }
        hiddenExcessNoise = state.hidden.flatMap { Figure.finite($0.value) }
        hiddenEpsilon = state.hiddenEpsilon
        reference = state.reference?.rawValue
        windows = state.windows
        alarms = Dictionary(uniqueKeysWithValues: state.alarms.map { ($0.key.rawValue, $0.value) })
    }
}
