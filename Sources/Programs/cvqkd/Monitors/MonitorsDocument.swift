import Foundation
import LinkControl
import LinkMonitors
import LinkOperation
import QuadratureAnalysis

/// What the monitors of a session found, as scripts get it.
struct MonitorsDocument: Encodable, Sendable {
    struct RulePart: Encodable, Sendable {
        var rule: String
        var watchesFor: String
        var statistic: String
        /// Of the latest window: ok, warn, alarm, unavailable; benchOnly for a rule that no session can feed.
        var outcome: String
        var value: Double?
        var warnLimit: Double?
        var actLimit: Double?
        /// Excess noise at the input that stays hidden below the first limit, SNU.
        var residualExcessNoise: Double?
        /// What an alarm of this rule asks for.
        var actionOfAlarm: String
        var missingEvidence: [String]
        /// Why no session can feed it; nil if a session judges it.
        var benchOnly: String?
        /// Why it could not be judged, in words; nil if it was, and for a rule that no session can feed.
        var unavailableReason: String?
        /// Windows in which it could not be judged.
        var unavailable: Int
        /// calibration, or firstWindows; nil if it needs no reference or has none yet.
        var heldAgainst: String?
        var detectability: String
        var detectabilityReason: String?
        /// Windows in which it warned or alarmed.
        var raised: Int
    }

    /// What the session's symbols can say of a leak of the closed shutter.
    struct LeakPart: Encodable, Sendable {
        /// Symbols that were vacuum at Bob and disclosed by Alice.
        var symbols: Int64
        /// Power through the closed shutter relative to the open one, with its standard deviation; may be negative.
        var relative: Double?
        var relativeSigma: Double?
        /// The extinction below which so many symbols show a leak, dB.
        var visibleDecibels: Double?
        /// The extinction from which on the rule is judged: it is unavailable until `visibleDecibels` is this, dB.
        var judgedFromDecibels: Double
    }

    struct Cause: Encodable, Sendable {
        var hypothesis: String
        var suspectedAttack: Bool
        var evidenceFor: [String]
        var evidenceAgainst: [String]
        var notLookedAt: [String]
        var measureNext: String
    }

    struct Limit: Encodable, Sendable {
        var attack: String
        var reason: String
    }

    /// report: nothing is ended; act: an alarm whose action is stop ends the session.
    var policy: String
    var windows: Int
    /// The severest action that was asked for: none, warn, pausePublishing, stop.
    var action: String
    var rules: [RulePart]
    /// What the latest raised window says about its cause, in a sentence.
    var conclusion: String?
    /// The causes that it names.
    var causes: [Cause]
    /// calibration, or firstWindows.
    var heldAgainst: String?
    /// The leak that so many symbols can show; nil while there are none.
    var shutterLeak: LeakPart?
    /// What no rule finds.
    var notDetectable: [Limit] = DeclaredLimit.all.map { Limit(attack: $0.attack, reason: $0.reason) }
}

extension MonitorsDocument {
    /// Rules by what the latest window showed, with how often each was raised.
    init(
        _ latest: WindowVerdict?, policy: MonitorPolicy, windows: Int, action: MonitorAction,
        raised: [MonitorRule: Int], blindness: MonitorBlindness, diagnosis: LinkDiagnosis?, limits: MonitorLimits
    ) {
        self.policy = policy.rawValue
        self.windows = windows
        self.action = action.name
        heldAgainst = latest?.shotNoise?.reference?.rawValue
        rules = MonitorRule.allCases.map { rule in
            var part = RulePart(rule, latest?.verdict.finding(rule), raised: raised[rule, default: 0])
            if part.outcome == "unavailable" {
                part.unavailableReason = latest == nil ? "no window was judged yet" : blindness.reasons[rule]?.words
            }
            part.unavailable = blindness.unavailable[rule, default: 0]
            part.heldAgainst = latest?.baseline.source(of: rule)?.rawValue
            return part
        }
        shutterLeak = latest?.evidence.leak.map { LeakPart($0, limits) }
        conclusion = diagnosis?.sentence
        causes = (diagnosis?.named ?? []).compactMap { hypothesis in
            diagnosis?.candidates.first { $0.hypothesis == hypothesis }.map(Cause.init)
        }
    }
}

extension MonitorsDocument.RulePart {
    init(_ rule: MonitorRule, _ finding: RuleJudgement?, raised: Int) {
        let card = rule.card
        self.init(
            rule: rule.rawValue, watchesFor: card.watchesFor, statistic: card.statistic,
            outcome: finding?.outcome.name ?? (rule.isBenchOnly ? "benchOnly" : "unavailable"),
            value: finding?.statistic.finite,
            warnLimit: finding?.warnLimit.finite, actLimit: finding?.actLimit.finite,
            residualExcessNoise: finding?.residual?.finite, actionOfAlarm: card.action.name,
            missingEvidence: (finding?.missing ?? []).map(\.rawValue), benchOnly: card.benchOnly, unavailable: 0,
            detectability: card.detectability.name, detectabilityReason: card.detectability.reason,
            raised: raised)
    }
}

extension MonitorsDocument.LeakPart {
    init(_ leak: ShutterLeak, _ limits: MonitorLimits) {
        func decibels(_ relative: Double) -> Double { -10 * log10(relative) }
        self.init(
            symbols: leak.symbols, relative: leak.relative.value.value.finite,
            relativeSigma: leak.relative.sigma.value.finite,
            visibleDecibels: decibels(leak.visible(tail: limits.warnBudget.probabilityPerTest)).finite,
            judgedFromDecibels: decibels(limits.shutterLeak))
    }
}

extension MonitorsDocument.Cause {
    init(_ candidate: LinkDiagnosis.Candidate) {
        self.init(
            hypothesis: candidate.hypothesis.rawValue, suspectedAttack: candidate.hypothesis.isAttack,
            evidenceFor: candidate.supporting.map(\.rawValue), evidenceAgainst: candidate.opposing.map(\.rawValue),
            notLookedAt: candidate.unknown.map(\.rawValue), measureNext: candidate.hypothesis.advice)
    }
}

extension MonitorsDocument {
    /// For people: what was raised, what could not be judged, what cannot be found.
    var text: String {
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
                "  \(cause.suspectedAttack ? "suspected attack: " : "likely cause: ")\(cause.hypothesis); for it: "
                    + "\(cause.evidenceFor.joined(separator: ", ")); next: \(cause.measureNext)")
        }
        lines.append("  not detectable here: " + notDetectable.map(\.attack).joined(separator: "; "))
        return lines.joined(separator: "\n")
    }
}

extension LinkDiagnosis {
    /// The conclusion for people. Attacks are suspicions.
    var sentence: String {
        func name(_ hypothesis: Hypothesis) -> String {
            (hypothesis.isAttack ? "suspected attack " : "") + hypothesis.rawValue
        }
        func group(_ rivals: [Hypothesis]) -> String {
            rivals.map(name).joined(separator: " or ")
                + (rivals.count > 1 ? " (what was measured does not tell them apart)" : "")
        }
        return switch conclusion {
        case .nothingFound: "nothing found"
        case .likely(let one): "likely \(name(one))"
        case .cannotTellApart(let rivals): group(rivals)
        case .several(let causes): "separate causes: " + causes.map(group).joined(separator: "; and ")
        case .unexplained: "no hypothesis explains it"
        }
    }
}
