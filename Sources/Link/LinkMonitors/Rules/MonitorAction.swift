/// What a link is to do about a finding; the higher includes the lower.
public enum MonitorAction: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Nothing.
    case none
    /// Tell somebody.
    case warn
    /// Withhold key from this block on until somebody has looked; measuring goes on.
    case pausePublishing
    /// End the session.
    case stop

    /// Orders by severity.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

    /// As it stands in documents.
    public var name: String {
        switch self {
        case .none: "none"
        case .warn: "warn"
        case .pausePublishing: "pausePublishing"
        case .stop: "stop"
        }
    }
}

/// What a monitor can promise about the attack or fault that it watches for.
public enum Detectability: Sendable, Hashable {
    /// Found beyond the stated residual.
    case reliable
    /// Found under the stated condition.
    case partial(String)
    /// Not found; the reason, and what would help.
    case notReliable(String)

    /// As it stands in documents.
    public var name: String {
        switch self {
        case .reliable: "reliable"
        case .partial: "partial"
        case .notReliable: "not reliably detectable"
        }
    }

    /// The condition or the reason.
    public var reason: String? {
        switch self {
        case .reliable: nil
        case .partial(let text), .notReliable(let text): text
        }
    }
}

/// What a rule found in a block.
public struct RuleJudgement: Sendable, Hashable {
    /// How it came out.
    public enum Outcome: Sendable, Hashable {
        /// Below both limits.
        case quiet
        /// At or beyond the first limit.
        case warning
        /// At or beyond the second.
        case alarm
        /// The evidence is not there: neither good nor bad.
        case unavailable(missing: [EvidenceKind])
        /// No session has the evidence: nothing failed, and nothing was looked at.
        case benchOnly(missing: [EvidenceKind])

        /// As it stands in documents.
        public var name: String {
            switch self {
            case .quiet: "ok"
            case .warning: "warn"
            case .alarm: "alarm"
            case .unavailable: "unavailable"
            case .benchOnly: "benchOnly"
            }
        }

        /// Whether there was evidence to judge.
        public var isJudged: Bool {
            switch self {
            case .quiet, .warning, .alarm: true
            case .unavailable, .benchOnly: false
            }
        }
    }

    /// Whose.
    public var rule: MonitorRule
    /// How it came out.
    public var outcome: Outcome
    /// The statistic in the rule's unit; NaN if unavailable.
    public var statistic: Double
    /// First limit.
    public var warnLimit: Double
    /// Second limit.
    public var actLimit: Double
    /// What is to be done.
    public var action: MonitorAction
    /// Excess noise at the input that stays hidden below the first limit; nil where the threat is not measured in noise.
    public var residual: Double?
}

extension RuleJudgement {
    /// A finding that was made elsewhere, as it was told. What it asks for follows from rule and outcome.
    public init(stated rule: MonitorRule, _ outcome: Outcome, statistic: Double, warn: Double, act: Double) {
        let action: MonitorAction =
            switch outcome {
            case .alarm: rule.card.action
            case .warning: .warn
            default: .none
            }
        self.init(
            rule: rule, outcome: outcome, statistic: statistic, warnLimit: warn, actLimit: act, action: action,
            residual: nil)
    }

    /// Whether there was evidence.
    public var isJudged: Bool {
        if case .unavailable = outcome { false } else { true }
    }

    /// What is missing; empty if it was judged.
    public var missing: [EvidenceKind] {
        switch outcome {
        case .unavailable(let missing), .benchOnly(let missing): missing
        default: []
        }
    }

    /// Judges a statistic by size: beyond a limit or not a number is beyond.
    static func judge(
        _ rule: MonitorRule, _ statistic: Double, warn: Double, act: Double, residual: Double? = nil
    ) -> RuleJudgement {
        let size = rule.sides == .two ? abs(statistic) : statistic
        let outcome: Outcome = !(size < act) ? .alarm : !(size < warn) ? .warning : .quiet
        let action: MonitorAction =
            switch outcome {
            case .alarm: rule.card.action
            case .warning: .warn
            default: .none
            }
        return RuleJudgement(
            rule: rule, outcome: outcome, statistic: statistic, warnLimit: warn, actLimit: act, action: action,
            residual: residual)
    }

    static func unavailable(_ rule: MonitorRule, _ missing: [EvidenceKind]) -> RuleJudgement {
        RuleJudgement(
            rule: rule, outcome: rule.isBenchOnly ? .benchOnly(missing: missing) : .unavailable(missing: missing),
            statistic: .nan, warnLimit: .nan, actLimit: .nan, action: .none, residual: nil)
    }

    /// The same finding, or `unavailable` if it is quiet and the evidence could not have shown what it has to.
    func quietOnly(if isShown: Bool, _ needed: EvidenceKind) -> RuleJudgement {
        outcome == .quiet && !isShown ? .unavailable(rule, [needed]) : self
    }
}
