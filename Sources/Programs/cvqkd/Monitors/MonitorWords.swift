public import ArgumentParser
import LinkMonitors
public import LinkOperation
import NodeReports

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
