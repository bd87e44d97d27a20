import LinkMonitors
import LinkOperation
import QuadratureAnalysis
import ReadableText

extension ShotNoiseState {
    /// One line for people.
    var line: String {
        var parts = ["V_on \(NumberText.estimate(window?.vacuum ?? session, "LSB²"))"]
        if let power = window?.localOscillatorPower { parts.append("LO \(NumberText.engineering(power, "W"))") }
        if let change = window?.change {
            parts.append("\(percent(change)) against the \(reference?.words ?? "reference")")
            if let changeEffect { parts.append("moves ξ_in by \(NumberText.estimate(changeEffect, "SNU"))") }
        } else {
            parts.append("no reference yet")
        }
        if let hidden { parts.append("could hide \(NumberText.significant(hidden.value, digits: 2)) SNU") }
        if let alarms = window?.alarms, !alarms.isEmpty {
            parts.append("ALARM \(alarms.map(\.rawValue).joined(separator: ", "))\(smoothedWords(alarms))")
        }
        return parts.joined(separator: "  ")
    }

    /// One number for one quantity: V_on of the latest window. The smoothed one is another quantity, and is shown only where
    /// it is what alarms.
    private func smoothedWords(_ alarms: [ShotNoiseAlarm]) -> String {
        guard alarms.contains(.drift), !alarms.contains(.step), let drift else { return "" }
        return " (smoothed over many windows: \(percent(drift)))"
    }

    private func percent(_ ratio: Estimate<Ratio>) -> String {
        NumberText.estimate(
            Estimate(
                Ratio(100 * ratio.value.value), sigma: Ratio(100 * ratio.sigma.value), samples: ratio.samples), "%")
    }
}

extension ShotNoiseReference.Source {
    /// For a person.
    fileprivate var words: String {
        switch self {
        case .calibration: "calibration"
        case .firstWindows: "first windows"
        }
    }
}
