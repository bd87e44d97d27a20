import LinkMonitors

/// Which rules cannot be judged, and since when: said once, with the reason, and once more when they can be again. A rule
/// that falls silent must not be read as one that is content.
struct MonitorBlindness {
    /// A rule counts as blind after so many windows in a row: one window may be thin.
    private static let patience = 2
    /// Rules that were never judged are named together when the session's references had time to form.
    private static let settling = 10

    private var judged: Set<MonitorRule> = []
    private var misses: [MonitorRule: Int] = [:]
    private var told: Set<MonitorRule> = []
    private var windows = 0
    /// The latest reason of each rule that is not judged now.
    private(set) var reasons: [MonitorRule: String] = [:]

    /// Windows in which a rule was not judged.
    private(set) var unavailable: [MonitorRule: Int] = [:]

    /// Rules that no session can feed, in one line: nothing failed, so it is not said again.
    private static let onBenches =
        "monitors on a bench only: "
        + MonitorRule.allCases.compactMap { rule in rule.card.benchOnly.map { "\(rule.rawValue) (\($0))" } }
        .joined(separator: "; ")

    /// Takes a window; returns what is to be said of it.
    mutating func take(_ verdict: MonitorVerdict, _ sensors: MonitorSensors) -> [String] {
        windows += 1
        var lines: [String] = []
        if windows == 1 { lines.append(Self.onBenches) }
        for finding in verdict.findings {
            let rule = finding.rule
            if case .benchOnly = finding.outcome { continue }
            guard case .unavailable(let missing) = finding.outcome else {
                if told.remove(rule) != nil { lines.append("monitor available again: \(rule.rawValue)") }
                judged.insert(rule)
                misses[rule] = nil
                reasons[rule] = nil
                continue
            }
            unavailable[rule, default: 0] += 1
            misses[rule, default: 0] += 1
            reasons[rule] = sensors.reason(missing)
            guard judged.contains(rule), misses[rule, default: 0] == Self.patience else { continue }
            told.insert(rule)
            lines.append("monitor unavailable: \(rule.rawValue): \(reasons[rule] ?? "")")
        }
        if windows == Self.settling {
            let never = MonitorRule.allCases.filter { !judged.contains($0) && !$0.isBenchOnly }
            told.formUnion(never)
            lines += never.map { "monitor unavailable: \($0.rawValue): \(reasons[$0] ?? "")" }
        }
        return lines
    }
}
