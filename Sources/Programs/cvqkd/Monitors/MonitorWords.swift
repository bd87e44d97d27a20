public import ArgumentParser
import LinkMonitors
public import LinkOperation

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
            "monitor: \(diagnosis.sentence); next: \(diagnosis.next.joined(separator: "; or "))"
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
        case .unavailable(let rule, let missing): "monitor unavailable: \(rule.rawValue): \(missing.words)"
        case .available(let rule): "monitor available again: \(rule.rawValue)"
        }
    }
}

extension [MissingEvidence] {
    /// Why a rule is not judged, for a person.
    var words: String {
        isEmpty ? "nothing says what the link may have" : map(\.words).joined(separator: "; ")
    }
}

extension MissingEvidence {
    fileprivate var words: String {
        switch self {
        case .evidence(let kind): kind.absence
        case .sensor(.notMeasured(let serial)): "\(serial) does not measure it"
        case .sensor(.unanswered(let serial, let error)): "\(serial) does not answer: \(error)"
        case .sensor(.unavailable(let quantity, let serial)): "\(quantity) of \(serial) is unavailable"
        case .sensor(.stale(let quantity, let serial, let age)):
            "\(quantity) of \(serial) is stale: \(NumberText.significant(NumberText.seconds(age), digits: 2)) s old"
        case .sensor(.notSampled(let quantity, let serial)):
            "\(serial) has not sampled \(quantity) since the last question"
        }
    }
}
