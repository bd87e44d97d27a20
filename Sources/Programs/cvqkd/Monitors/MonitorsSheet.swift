import NodeReports
import ReadableText

extension MonitorsDocument {
    /// For people: what was raised, what could not be judged, what cannot be found.
    var lines: [String] {
        var lines: [String] = []
        let raisedRules = rules.filter { $0.raised > 0 }
        let blind = rules.filter { $0.outcome == "unavailable" }.count
        let onBenches = rules.filter { $0.outcome == "benchOnly" }.map(\.rule)
        lines.append(
            "\(windows) windows compared with \(heldAgainst ?? "nothing yet"), action \(action), policy \(policy); "
                + "\(rules.count - blind - onBenches.count) rules judged, \(blind) without their evidence, "
                + "bench only: \(onBenches.joined(separator: ", "))")
        for rule in raisedRules {
            lines.append(
                "  \(rule.rule): raised in \(rule.raised) windows; last \(rule.value.map { NumberText.significant($0, digits: 3) } ?? "–") "
                    + "against \(rule.warnLimit.map { NumberText.significant($0, digits: 3) } ?? "–") (\(rule.statistic))"
            )
        }
        for rule in rules where rule.outcome == "unavailable" && rule.unavailable < windows {
            lines.append("  \(rule.rule): unavailable at the end: \(rule.unavailableReason ?? "")")
        }
        if let shutterLeak, let visible = shutterLeak.visibleDecibels {
            lines.append(
                "  shutter: \(shutterLeak.symbols) symbols show a leak if its extinction is below "
                    + "\(NumberText.significant(visible, digits: 3)) dB; the rule is judged from "
                    + "\(NumberText.significant(shutterLeak.judgedFromDecibels, digits: 3)) dB on"
            )
        }
        if let conclusion { lines.append("  " + conclusion) }
        for cause in causes {
            lines.append(
                "  \(cause.named ? cause.suspectedAttack ? "suspected attack" : "likely cause" : "not excluded"): "
                    + "\(cause.hypothesis); it explains: \(cause.evidenceFor.joined(separator: ", "))"
                    + (cause.notExplained.isEmpty
                        ? "" : "; it does not explain: \(cause.notExplained.joined(separator: ", "))")
                    + "; next: \(cause.measureNext)")
        }
        lines.append("  not detectable here: " + notDetectable.map(\.attack).joined(separator: "; "))
        return lines
    }
}
