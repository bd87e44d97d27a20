public import QuadratureAnalysis

/// Keeps V_on up to date during a session, from randomly placed vacuum frames or from the unit's own sums over as many
/// samples as a slow line could never carry. V_on is the security-critical number: a part δ of it is (1 + v_el)δ/(μ′ηT)
/// of excess noise.
///
/// Values in, verdicts out: sums are collected into windows of at least `Settings.windowSamples`, every whole window is
/// compared with the reference by three tests (step, EWMA, CUSUM), and with the local oscillator's power. Nothing is
/// allocated per frame.
public struct ShotNoiseTracker: Sendable {
    /// How it is judged.
    public struct Settings: Sendable, Hashable {
        /// Vacuum samples, all channels together, that make a window.
        public var windowSamples: Int64
        /// λ of the EWMA: its memory is 2/λ − 1 windows.
        public var smoothing: Double
        /// Windows that make the reference if none is given.
        public var referenceWindows: Int
        /// False alarms. A window has `ShotNoiseTracker.tests` tests.
        public var budget: FalseAlarmBudget
        /// Relative standard deviation of a power reading of the local oscillator.
        public var powerSigma: Double
        /// ε of the bound on what can hide.
        public var epsilon: Double

        /// Windows of 2e5 samples, memory of 39 windows, one false alarm in a hundred years of windows of a second.
        public init(
            windowSamples: Int64 = 200_000, smoothing: Double = 0.05, referenceWindows: Int = 20,
            budget: FalseAlarmBudget = FalseAlarmBudget(
                alarmsPerYear: 0.01, blockSeconds: 1, tests: ShotNoiseTracker.tests),
            powerSigma: Double = ExpectedVacuum.usualPowerSigma, epsilon: Double = 1e-10
        ) {
            self.windowSamples = windowSamples
            self.smoothing = smoothing
            self.referenceWindows = referenceWindows
            self.budget = budget
            self.powerSigma = powerSigma
            self.epsilon = epsilon
        }
    }

    /// Statistical tests per window: step, drift, lasting shift, per power.
    public static let tests = 4

    /// How it is judged.
    public let settings: Settings
    /// What an error costs; may be improved as the link becomes known.
    public var sensitivity: LinkSensitivity?
    /// What the session is compared with.
    public private(set) var reference: ShotNoiseReference?
    /// V_off.
    public private(set) var dark: ReceiverMoments
    /// All vacuum samples.
    public private(set) var session: ReceiverMoments
    private var open: ReceiverMoments
    private var openPower = 0.0
    private var hasPower = true
    private var collecting: ReceiverMoments
    private var collectedPower = 0.0
    private var collected = 0
    private var average: SmoothedVariance
    private var sums: CumulativeSum?
    private var last: ShotNoiseWindow?
    private var windows = 0
    private var alarms: [ShotNoiseAlarm: Int] = [:]

    /// A tracker that has seen nothing.
    ///
    /// - Parameters:
    ///   - dark: V_off as measured before the session; without samples, v_el and powers are not judged.
    ///   - reference: V_on of the calibration; nil takes the first windows.
    public init(
        settings: Settings = Settings(), sensitivity: LinkSensitivity?, dark: ReceiverMoments,
        reference: ShotNoiseReference?
    ) {
        self.settings = settings
        self.sensitivity = sensitivity
        self.dark = dark
        let empty = ReceiverMoments(limits: dark.x.limits)
        (session, open, collecting) = (empty, empty, empty)
        average = SmoothedVariance(weight: settings.smoothing)
        if let reference { use(reference) }
    }

    /// Adds vacuum sums, of a frame or of the unit's own summation, with the power of the local oscillator over them (W;
    /// NaN if unknown). Returns the window that they completed, if any.
    public mutating func add(vacuum sums: ReceiverMoments, localOscillatorPower: Double) -> ShotNoiseWindow? {
        guard sums.samples > 0 else { return nil }
        session.merge(sums)
        open.merge(sums)
        openPower += localOscillatorPower * Double(sums.samples)
        if !localOscillatorPower.isFinite { hasPower = false }
        guard open.samples >= settings.windowSamples else { return nil }
        return close()
    }

    /// Adds dark sums, of dark frames in the session or of a later measurement.
    public mutating func add(dark sums: ReceiverMoments) { dark.merge(sums) }

    /// Where it stands.
    public var state: ShotNoiseState {
        let drift = reference.flatMap { average.drift(against: $0) }
        return ShotNoiseState(
            session: session.variance, window: last, changeEffect: effect(last?.change), smoothed: average.estimate,
            drift: drift, driftEffect: effect(drift),
            hidden: session.samples > 1
                ? sensitivity?.hidden(vacuumSamples: session.samples, epsilon: settings.epsilon) : nil,
            hiddenEpsilon: settings.epsilon, dark: dark.samples > 1 ? dark.variance : nil, reference: reference?.source,
            windows: windows, alarms: alarms)
    }

    /// What a change of V_on would do to ξ̂ if the reference were still used.
    private func effect(_ change: Estimate<Ratio>?) -> Estimate<ExcessNoise<Plane.Input>>? {
        guard let change, let sensitivity else { return nil }
        return Estimate(
            sensitivity.excessNoise(vacuumError: change.value.value),
            sigma: ExcessNoise(abs(sensitivity.excessNoise(vacuumError: change.sigma.value).value)),
            samples: change.samples)
    }

    private mutating func use(_ reference: ShotNoiseReference) {
        self.reference = reference
        sums = CumulativeSum(windowsPerAlarm: 1 / settings.budget.probabilityPerTest)
    }

    private mutating func close() -> ShotNoiseWindow {
        let power = hasPower ? openPower / Double(open.samples) : nil
        var window = ShotNoiseWindow(
            index: windows, vacuum: open.variance, localOscillatorPower: power, comparison: nil, shotNoisePerPower: nil,
            alarms: open.clipped > 0 ? [.clipped] : [])
        if let reference {
            judge(&window, reference, power)
        } else {
            collect(power)
        }
        for alarm in window.alarms { alarms[alarm, default: 0] += 1 }
        windows += 1
        last = window
        open = ReceiverMoments(limits: dark.x.limits)
        openPower = 0
        hasPower = true
        return window
    }

    private mutating func judge(_ window: inout ShotNoiseWindow, _ reference: ShotNoiseReference, _ power: Double?) {
        let threshold = settings.budget.threshold(.two)
        let comparison = VarianceComparison(open, against: reference.expected)
        window.comparison = comparison
        // A NaN is no pass: a window that cannot be judged alarms.
        if !(abs(comparison.score) <= threshold) { window.alarms.append(.step) }
        average.add(open.variance.value, freedom: Double(open.degreesOfFreedom))
        if let score = average.score(against: reference), !(abs(score) <= threshold) {
            window.alarms.append(.drift)
        }
        // The window's own error is the unit here. The reference's shifts every score alike: what it may shift is taken off,
        // or the sum of a long session would call the calibration's error a drift.
        let own = (2 / Double(open.degreesOfFreedom)).squareRoot() / comparison.relativeSigma
        let ratio = Double(open.degreesOfFreedom) / reference.expected.freedom
        if sums?.add(comparison.score / own, shift: threshold * ratio.squareRoot()) == true {
            window.alarms.append(.lastingShift)
        }
        if let change = perPower(reference, power) {
            window.shotNoisePerPower = change.estimate
            if !(abs(change.score) <= threshold) { window.alarms.append(.perPower) }
        }
    }

    private mutating func collect(_ power: Double?) {
        collecting.merge(open)
        collectedPower += power ?? .nan
        collected += 1
        guard collected >= settings.referenceWindows else { return }
        let mean = collectedPower / Double(collected)
        use(
            ShotNoiseReference(
                vacuum: collecting, localOscillatorPower: mean.isFinite ? mean : nil, source: .firstWindows))
    }

    /// (V_on − V_off)/P against the reference's, less 1, and the normal score of V_on at this power: the ratio in units of
    /// its σ is skewed, and 5,000 samples would exceed 6.4 σ twenty times too often.
    private func perPower(
        _ reference: ShotNoiseReference, _ power: Double?
    ) -> (estimate: Estimate<Ratio>, score: Double)? {
        guard let power, let before = reference.localOscillatorPower, dark.samples > 1, power > 0, before > 0 else {
            return nil
        }
        let change = ShotNoisePerPower.change(
            open.variance, at: power, since: reference.variance, at: before, off: dark.variance.value,
            powerSigma: settings.powerSigma)
        let expected = ExpectedVacuum(
            vacuum: reference.vacuum, dark: dark, ageing: reference.ageing, powerRatio: power / before,
            powerSigma: settings.powerSigma)
        return (change, VarianceComparison(open, against: expected).score)
    }
}
