public import ArgumentParser
import Calibration
import LinkMonitors
public import LinkOperation
import NodeReports
import ReadableText

extension MonitorPolicy: ExpressibleByArgument {}

extension MonitorAccount.Notice {
    /// For a person.
    var words: String {
        switch self {
        case .raised(let finding):
            "monitor \(finding.outcome.name): \(finding.rule.rawValue) \(NumberText.significant(finding.statistic, digits: 3)) "
                + "(limits \(NumberText.significant(finding.warnLimit, digits: 3)), "
                + "\(NumberText.significant(finding.actLimit, digits: 3))): \(finding.rule.card.watchesFor)"
        case .diagnosis(let diagnosis):
            (["monitor: \(diagnosis.sentence)"]
                + [(diagnosis.named + diagnosis.possible).map(\.advice).joined(separator: "; or ")]
                .filter { !$0.isEmpty }.map { "next: \($0)" }).joined(separator: "; ")
        case .cleared(let blind):
            blind.isEmpty
                ? "monitor: all limits kept again"
                : "monitor: nothing is raised; no longer judged: \(blind.map(\.rawValue).joined(separator: ", "))"
        case .blindness(let notice): notice.words
        }
    }
}

extension MonitorBlindness.Notice {
    /// For a person.
    var words: String {
        switch self {
        case .onBenches:
            "monitors on a bench only: "
                + MonitorRule.allCases.compactMap { rule in rule.card.benchOnly.map { "\(rule.rawValue) (\($0))" } }
                .joined(separator: "; ")
        case .unavailable(let rule, let missing): "monitor unavailable: \(rule.rawValue): \(missing.text(.cvqkd))"
        case .available(let rule): "monitor available again: \(rule.rawValue)"
        }
    }
}

extension MonitorAdvice {
    /// With the commands and options of this program.
    static let cvqkd = MonitorAdvice(next: \.advice, absence: \.advice, error: \.advice)
}
