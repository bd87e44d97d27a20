public import Calibration
public import LinkControl
public import LinkMonitors

/// What the monitors of a session found so far. A value: windows in, notices out.
public struct MonitorAccount: Sendable {
    /// What is to be told of a window.
    public enum Notice: Sendable {
        /// A rule is beyond a limit, and was not in the window before.
        case raised(RuleJudgement)
        /// What the raised rules say together, whenever they changed.
        case diagnosis(LinkDiagnosis)
        /// No rule is beyond a limit any more. A rule that went blind while it was raised has not kept its limit.
        case cleared(blind: [MonitorRule])
        /// A rule cannot be judged, or can again.
        case blindness(MonitorBlindness.Notice)
    }

    /// What an alarm does.
    public let policy: MonitorPolicy
    /// What the rules are compared with.
    public let limits: MonitorLimits
    /// The newest window; nil before the first.
    public private(set) var latest: WindowVerdict?
    /// Windows judged.
    public private(set) var windows = 0
    /// Windows in which a rule warned or alarmed.
    public private(set) var raised: [MonitorRule: Int] = [:]
    /// Rules that could not be judged.
    public private(set) var blindness = MonitorBlindness()
    /// The cause that the latest raised window points to.
    public private(set) var diagnosis: LinkDiagnosis?
    /// The severest action that was asked for.
    public private(set) var action = MonitorAction.none
    /// Rules beyond a limit in the latest window.
    public private(set) var raisedNow: Set<MonitorRule> = []
    /// The rule whose alarm ends the session, once there is one.
    public private(set) var stop: RuleJudgement?

    /// Nothing yet.
    public init(policy: MonitorPolicy, limits: MonitorLimits) {
        self.policy = policy
        self.limits = limits
    }

    /// Takes a window and the sensors that it was judged with; returns what is to be told.
    public mutating func add(_ window: WindowVerdict, _ sensors: MonitorSensors) -> [Notice] {
        latest = window
        windows += 1
        let verdict = window.verdict
        action = max(action, verdict.action)
        for finding in verdict.raised { raised[finding.rule, default: 0] += 1 }
        if let found = window.diagnosis { diagnosis = found }
        let notices = blindness.add(verdict, sensors).map(Notice.blindness) + changes(verdict, window.diagnosis)
        if policy == .act, stop == nil { stop = verdict.raised.first { $0.action == .stop } }
        return notices
    }

    private mutating func changes(_ verdict: MonitorVerdict, _ diagnosis: LinkDiagnosis?) -> [Notice] {
        let now = Set(verdict.raised.map(\.rule))
        defer { raisedNow = now }
        var notices = verdict.raised.filter { !raisedNow.contains($0.rule) }.map(Notice.raised)
        // That nothing explains it has to be told as well: somebody would look for the cause by the rule's name.
        if now != raisedNow, let diagnosis, diagnosis.conclusion != .nothingFound {
            notices.append(.diagnosis(diagnosis))
        }
        if now.isEmpty, !raisedNow.isEmpty {
            notices.append(
                .cleared(blind: raisedNow.filter { blindness.reasons[$0] != nil }.sorted { $0.rawValue < $1.rawValue }))
        }
        return notices
    }

    /// What other programs of this machine are shown.
    public var figures: RunningSession.Figures? {
        guard let shotNoise = latest?.shotNoise else { return nil }
        return RunningSession.Figures(
            liveShotNoise: LiveShotNoiseDocument(shotNoise), monitorAction: action.name,
            raised: raisedNow.map(\.rawValue).sorted())
    }
}
