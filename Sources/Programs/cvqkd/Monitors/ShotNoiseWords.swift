import LinkMonitors
import QuadratureAnalysis
import ReadableText

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
