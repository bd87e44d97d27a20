public import ArgumentParser
import LinkMonitors
public import LinkOperation

extension MonitorPolicy: ExpressibleByArgument {}

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
        case .evidence(let kind): kind.advice
        case .sensor(.notMeasured(let serial)): "\(serial) does not measure it"
        case .sensor(.unanswered(let serial, let error)): "\(serial) does not answer: \(error.advice)"
        case .sensor(.unavailable(let quantity, let serial)): "\(quantity) of \(serial) is unavailable"
        case .sensor(.stale(let quantity, let serial, let age)):
            "\(quantity) of \(serial) is stale: \(NumberText.significant(NumberText.seconds(age), digits: 2)) s old"
        case .sensor(.notSampled(let quantity, let serial)):
            "\(serial) has not sampled \(quantity) since the last question"
        }
    }
}
