public import LinkMonitors
internal import QuadratureAnalysis

/// Shot noise of a running session: `liveShotNoise` of a session's report, of its figures while it runs, and of a window that
/// is watched.
public struct LiveShotNoiseDocument: Codable, Sendable, Hashable {
    /// A number with one standard deviation.
    public struct Figure: Codable, Sendable, Hashable {
        /// Absent if it is not a number.
        public var value: Double?
        /// One standard deviation.
        public var sigma: Double?
        /// Samples that it rests on.
        public var samples: Int64
        /// `LSB²`, `SNU`, `1`.
        public var unit: String

        init<Quantity>(_ estimate: Estimate<Quantity>, _ unit: String) {
            value = estimate.value.value.finite
            sigma = estimate.sigma.value.finite
            samples = estimate.samples
            self.unit = unit
        }
    }

    /// The latest whole window.
    public struct Window: Codable, Sendable, Hashable {
        /// Counts from 0.
        public var index: Int
        /// V_on.
        public var vacuumVariance: Figure
        /// W.
        public var localOscillatorPower: Double?
        /// V_on/V_ref − 1.
        public var change: Double?
        /// The same as a standard normal score.
        public var score: Double?
        /// (V_on − V_off)/P_LO against the reference's, less 1.
        public var shotNoisePerPower: Figure?
        /// What was noticed in it.
        public var alarms: [String]

        init(_ window: ShotNoiseWindow) {
            index = window.index
            vacuumVariance = Figure(window.vacuum, "LSB²")
            localOscillatorPower = window.localOscillatorPower?.finite
            change = window.comparison.flatMap { ($0.ratio - 1).finite }
            score = window.comparison?.score.finite
            shotNoisePerPower = window.shotNoisePerPower.map { Figure($0, "1") }
            alarms = window.alarms.map(\.rawValue)
        }
    }

    /// V_on over the whole session.
    public var vacuumVariance: Figure
    /// V_off; absent if never measured.
    public var electronicVariance: Figure?
    /// Absent before the first is whole.
    public var window: Window?
    /// V_on, exponentially smoothed over windows.
    public var smoothedVacuumVariance: Figure?
    /// Smoothed V_on against the reference, less 1.
    public var drift: Figure?
    /// By how much ξ̂_in would be off with the reference in place of the live V_on.
    public var driftEffect: Figure?
    /// What can hide behind the statistics of all vacuum samples, SNU at the input.
    public var hiddenExcessNoise: Double?
    /// Failure probability of that bound.
    public var hiddenEpsilon: Double
    /// `calibration`, or `firstWindows`: then what was wrong from the start is not seen.
    public var reference: String?
    /// Windows judged.
    public var windows: Int
    /// How often each was raised.
    public var alarms: [String: Int]

    /// The document of where the shot noise stands.
    public init(_ state: ShotNoiseState) {
        vacuumVariance = Figure(state.session, "LSB²")
        electronicVariance = state.dark.map { Figure($0, "LSB²") }
        window = state.window.map(Window.init)
        smoothedVacuumVariance = state.smoothed.map { Figure($0, "LSB²") }
        drift = state.drift.map { Figure($0, "1") }
        driftEffect = state.driftEffect.map { Figure($0, "SNU") }
        hiddenExcessNoise = state.hidden?.value.finite
        hiddenEpsilon = state.hiddenEpsilon
        reference = state.reference?.rawValue
        windows = state.windows
        alarms = Dictionary(uniqueKeysWithValues: state.alarms.map { ($0.key.rawValue, $0.value) })
    }
}

/// A window of a receiver that is watched without a link.
public struct WatchedShotNoiseDocument: Codable, Sendable, Hashable {
    /// Serial number.
    public var unit: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// `stream`, or `moments`: the unit's own sums.
    public var source: String
    /// Since the first window began.
    public var elapsedSeconds: Double
    /// Loss for which the effects on ξ_in are stated, dB.
    public var lossDecibels: Double
    /// Where the shot noise stands.
    public var liveShotNoise: LiveShotNoiseDocument

    /// The document of a window.
    public init(
        unit: String, isEmulated: Bool, isSummedByUnit: Bool, elapsed: Double, loss: Double,
        _ liveShotNoise: LiveShotNoiseDocument
    ) {
        self.unit = unit
        emulated = isEmulated
        source = isSummedByUnit ? "moments" : "stream"
        elapsedSeconds = elapsed
        lossDecibels = loss
        self.liveShotNoise = liveShotNoise
    }
}
