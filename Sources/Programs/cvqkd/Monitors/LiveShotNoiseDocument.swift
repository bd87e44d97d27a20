import LinkMonitors
import QuadratureAnalysis

/// Shot noise of a running session, as scripts get it: `link start --json` (`liveShotNoise`), `link status --json`, and a line
/// of `shot-noise watch --json`.
struct LiveShotNoiseDocument: Codable, Sendable {
    struct Figure: Codable, Sendable {
        var value: Double?
        var sigma: Double?
        var samples: Int64
        var unit: String

        init<Quantity>(_ estimate: Estimate<Quantity>, _ unit: String) {
            value = estimate.value.value.finite
            sigma = estimate.sigma.value.finite
            samples = estimate.samples
            self.unit = unit
        }
    }

    struct Window: Codable, Sendable {
        var index: Int
        var vacuumVariance: Figure
        /// W.
        var localOscillatorPower: Double?
        /// V_on/V_ref − 1.
        var change: Double?
        /// The same as a standard normal score.
        var score: Double?
        /// (V_on − V_off)/P_LO against the reference's, less 1.
        var shotNoisePerPower: Figure?
        var alarms: [String]

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
    var vacuumVariance: Figure
    var electronicVariance: Figure?
    var window: Window?
    /// V_on, exponentially smoothed over windows.
    var smoothedVacuumVariance: Figure?
    /// Smoothed V_on against the reference, less 1.
    var drift: Figure?
    /// By how much ξ̂_in would be off with the reference in place of the live V_on.
    var driftEffect: Figure?
    /// What can hide behind the statistics of all vacuum samples, SNU at the input.
    var hiddenExcessNoise: Double?
    var hiddenEpsilon: Double
    /// calibration, or firstWindows: then what was wrong from the start is not seen.
    var reference: String?
    var windows: Int
    /// How often each was raised.
    var alarms: [String: Int]

    init(_ state: ShotNoiseState) {
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

extension ShotNoiseState {
    /// One line for people.
    var line: String {
        var parts = ["V_on \(NumberText.estimate(window?.vacuum ?? session, "LSB²"))"]
        if let power = window?.localOscillatorPower { parts.append("LO \(NumberText.engineering(power, "W"))") }
        if let drift {
            let percent = Estimate(
                Ratio(100 * drift.value.value), sigma: Ratio(100 * drift.sigma.value), samples: drift.samples)
            parts.append("drift \(NumberText.estimate(percent, "%"))")
        } else {
            parts.append("no reference yet")
        }
        if let driftEffect { parts.append("moves ξ_in by \(NumberText.estimate(driftEffect, "SNU"))") }
        if let hidden { parts.append("could hide \(NumberText.significant(hidden.value, digits: 2)) SNU") }
        if let alarms = window?.alarms, !alarms.isEmpty {
            parts.append("ALARM \(alarms.map(\.rawValue).joined(separator: ", "))")
        }
        return parts.joined(separator: "  ")
    }
}
