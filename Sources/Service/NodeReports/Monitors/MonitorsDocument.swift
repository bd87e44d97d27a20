internal import Calibration
internal import Foundation
internal import LinkControl
internal import LinkMonitors
public import LinkOperation
internal import QuadratureAnalysis

/// What the monitors of a session found.
public struct MonitorsDocument: Codable, Sendable, Hashable {
    /// What one rule found.
    public struct RulePart: Codable, Sendable, Hashable {
        /// Its name.
        public var rule: String
        /// What it is for.
        public var watchesFor: String
        /// What it compares.
        public var statistic: String
        /// Of the latest window: `ok`, `warn`, `alarm`, `unavailable`; `benchOnly` for a rule that no session can feed.
        public var outcome: String
        /// The statistic of the latest window.
        public var value: Double?
        /// It warns from there on.
        public var warnLimit: Double?
        /// It alarms from there on.
        public var actLimit: Double?
        /// Excess noise at the input that stays hidden below the first limit, SNU.
        public var residualExcessNoise: Double?
        /// What an alarm of this rule asks for.
        public var actionOfAlarm: String
        /// By name.
        public var missingEvidence: [String]
        /// Why no session can feed it; absent if a session judges it.
        public var benchOnly: String?
        /// Why it could not be judged, in words; absent if it was, and for a rule that no session can feed.
        public var unavailableReason: String?
        /// Windows in which it could not be judged.
        public var unavailable: Int
        /// `calibration`, or `firstWindows`; absent if it needs no reference or has none yet.
        public var heldAgainst: String?
        /// How well what it watches for can be found.
        public var detectability: String
        /// Why no better.
        public var detectabilityReason: String?
        /// Windows in which it warned or alarmed.
        public var raised: Int

        init(_ rule: MonitorRule, _ finding: RuleJudgement?, raised: Int) {
            let card = rule.card
            self.rule = rule.rawValue
            watchesFor = card.watchesFor
            statistic = card.statistic
            outcome = finding?.outcome.name ?? (rule.isBenchOnly ? "benchOnly" : "unavailable")
            value = finding?.statistic.finite
            warnLimit = finding?.warnLimit.finite
            actLimit = finding?.actLimit.finite
            residualExcessNoise = finding?.residual?.finite
            actionOfAlarm = card.action.name
            missingEvidence = (finding?.missing ?? []).map(\.rawValue)
            benchOnly = card.benchOnly
            unavailable = 0
            detectability = card.detectability.name
            detectabilityReason = card.detectability.reason
            self.raised = raised
        }
    }

    /// What the session's symbols can say of a leak of the closed shutter.
    public struct LeakPart: Codable, Sendable, Hashable {
        /// Symbols that were vacuum at Bob and disclosed by Alice.
        public var symbols: Int64
        /// Power through the closed shutter relative to the open one; may be negative.
        public var relative: Double?
        /// One standard deviation.
        public var relativeSigma: Double?
        /// The extinction below which so many symbols show a leak, dB.
        public var visibleDecibels: Double?
        /// The extinction from which on the rule is judged: it is unavailable until `visibleDecibels` is this, dB.
        public var judgedFromDecibels: Double

        init(_ leak: ShutterLeak, _ limits: MonitorLimits) {
            func decibels(_ relative: Double) -> Double { -10 * log10(relative) }
            symbols = leak.symbols
            relative = leak.relative.value.value.finite
            relativeSigma = leak.relative.sigma.value.finite
            visibleDecibels = decibels(leak.visible(tail: limits.warnBudget.probabilityPerTest)).finite
            judgedFromDecibels = decibels(limits.shutterLeak)
        }
    }

    /// A symptom of the latest raised window that asks for a cause.
    public struct SymptomPart: Codable, Sendable, Hashable {
        /// Its name.
        public var symptom: String
        /// The statistic that shows it, positive if its quantity is too large.
        public var statistic: Double?
        /// σ, or `limit` if the statistic is one of a rule with an engineering limit.
        public var unit: String
        /// How many times the warning limit it is.
        public var timesLimit: Double?
        /// Whether a cause that is named explains it.
        public var explained: Bool

        init(_ symptom: Symptom, _ diagnosis: LinkDiagnosis) {
            let size = diagnosis.sizes[symptom]
            self.symptom = symptom.rawValue
            statistic = size?.statistic.finite
            unit = size?.isDeviations == true ? "σ" : "limit"
            timesLimit = size?.times.finite
            explained = !diagnosis.leftUnexplained.contains(symptom)
        }
    }

    /// A cause that the latest raised window names, or leaves possible.
    public struct Cause: Codable, Sendable, Hashable {
        /// Its name.
        public var hypothesis: String
        /// Whether it would be an attack. That is a suspicion.
        public var suspectedAttack: Bool
        /// Whether the conclusion names it; otherwise nothing excludes it, and that is all.
        public var named: Bool
        /// Symptoms that it explains, strongest first.
        public var evidenceFor: [String]
        /// Symptoms, seen or absent, that speak against it.
        public var evidenceAgainst: [String]
        /// Symptoms that it does not explain, strongest first.
        public var notExplained: [String]
        /// Symptoms that could not be looked at.
        public var notLookedAt: [String]
        /// What tells it from others.
        public var measureNext: String

        init(_ candidate: LinkDiagnosis.Candidate, named: Bool, _ advice: MonitorAdvice) {
            hypothesis = candidate.hypothesis.rawValue
            suspectedAttack = candidate.hypothesis.isAttack
            self.named = named
            notExplained = candidate.unexplained.map(\.rawValue)
            evidenceFor = candidate.supporting.map(\.rawValue)
            evidenceAgainst = candidate.opposing.map(\.rawValue)
            notLookedAt = candidate.unknown.map(\.rawValue)
            measureNext = advice.next(candidate.hypothesis)
        }
    }

    /// What no rule finds.
    public struct Limit: Codable, Sendable, Hashable {
        /// The attack.
        public var attack: String
        /// Why it is not found.
        public var reason: String
    }

    /// `report`: nothing is ended; `act`: an alarm whose action is stop ends the session.
    public var policy: String
    /// Windows judged.
    public var windows: Int
    /// The severest action that was asked for: `none`, `warn`, `pausePublishing`, `stop`.
    public var action: String
    /// All rules.
    public var rules: [RulePart]
    /// What the latest raised window says about its cause, in a sentence.
    public var conclusion: String?
    /// What asks for a cause in it, strongest first.
    public var symptoms: [SymptomPart]
    /// The causes that it names, then those that nothing excludes.
    public var causes: [Cause]
    /// `calibration`, or `firstWindows`.
    public var heldAgainst: String?
    /// The leak that so many symbols can show; absent while there are none.
    public var shutterLeak: LeakPart?
    /// What no rule finds.
    public var notDetectable: [Limit] = DeclaredLimit.all.map { Limit(attack: $0.attack, reason: $0.reason) }

    /// Rules by what the latest window showed, with how often each was raised.
    public init(_ account: MonitorAccount, _ advice: MonitorAdvice = MonitorAdvice()) {
        let latest = account.latest
        policy = account.policy.rawValue
        windows = account.windows
        action = account.action.name
        heldAgainst = latest?.shotNoise?.reference?.rawValue
        rules = MonitorRule.allCases.map { rule in
            var part = RulePart(rule, latest?.verdict.finding(rule), raised: account.raised[rule, default: 0])
            if part.outcome == "unavailable" {
                part.unavailableReason =
                    latest == nil ? "no window was judged yet" : account.blindness.reasons[rule]?.text(advice)
            }
            part.unavailable = account.blindness.unavailable[rule, default: 0]
            part.heldAgainst = latest?.baseline.source(of: rule)?.rawValue
            return part
        }
        shutterLeak = latest?.evidence.leak.map { LeakPart($0, account.limits) }
        conclusion = account.diagnosis?.sentence
        symptoms = account.diagnosis.map { found in found.symptoms.map { SymptomPart($0, found) } } ?? []
        causes = account.diagnosis.map { Self.causes($0, advice) } ?? []
    }

    private static func causes(_ diagnosis: LinkDiagnosis, _ advice: MonitorAdvice) -> [Cause] {
        (diagnosis.named + diagnosis.possible).compactMap { hypothesis in
            diagnosis.candidates.first { $0.hypothesis == hypothesis }.map {
                Cause($0, named: diagnosis.named.contains(hypothesis), advice)
            }
        }
    }
}
