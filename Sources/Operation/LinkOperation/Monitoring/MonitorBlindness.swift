public import Calibration
public import LinkMonitors

/// Which rules cannot be judged, and since when: told once, with the reason, and once more when they can be again. A rule
/// that falls silent must not be read as one that is content.
public struct MonitorBlindness: Sendable {
    /// What is to be told.
    public enum Notice: Sendable, Equatable {
        /// Rules that no session can feed: told once, since nothing failed.
        case onBenches
        /// A rule was judged and is not any more, or never was although the session had time; empty if there is no limit.
        case unavailable(MonitorRule, [MissingEvidence])
        /// It is judged again.
        case available(MonitorRule)
    }

    /// A rule counts as blind after so many windows in a row: one window may be thin.
    private static let patience = 2
    /// Rules that were never judged are told of together when the session's references had time to form.
    private static let settling = 10

    private var judged: Set<MonitorRule> = []
    private var misses: [MonitorRule: Int] = [:]
    private var told: Set<MonitorRule> = []
    private var windows = 0
    /// What each rule lacks that is not judged now.
    public private(set) var reasons: [MonitorRule: [MissingEvidence]] = [:]
    /// Windows in which a rule was not judged.
    public private(set) var unavailable: [MonitorRule: Int] = [:]

    /// No windows yet.
    public init() {}

    /// Takes a window; returns what is to be told of it.
    public mutating func add(_ verdict: MonitorVerdict, _ sensors: MonitorSensors) -> [Notice] {
        windows += 1
        var notices: [Notice] = windows == 1 ? [.onBenches] : []
        for finding in verdict.findings {
            let rule = finding.rule
            if case .benchOnly = finding.outcome { continue }
            guard case .unavailable(let missing) = finding.outcome else {
                if told.remove(rule) != nil { notices.append(.available(rule)) }
                judged.insert(rule)
                misses[rule] = nil
                reasons[rule] = nil
                continue
            }
            unavailable[rule, default: 0] += 1
            misses[rule, default: 0] += 1
            reasons[rule] = sensors.reasons(missing)
            guard judged.contains(rule), misses[rule, default: 0] == Self.patience else { continue }
            told.insert(rule)
            notices.append(.unavailable(rule, reasons[rule] ?? []))
        }
        if windows == Self.settling {
            let never = MonitorRule.allCases.filter { !judged.contains($0) && !$0.isBenchOnly }
            told.formUnion(never)
            notices += never.map { .unavailable($0, reasons[$0] ?? []) }
        }
        return notices
    }
}
