import LinkControl
import LinkMonitors
import UnitControl
import UnitProtocol

/// What is wrong with a session that ran. Lost frames and declared gaps are not: they are in the report.
enum LinkVerdict {
    /// Lost synchronisation, differing disclosure, or an account that does not add up; nil if nothing is wrong.
    static func judge(_ report: LinkReport, _ fault: LinkError?) -> CommandFailure? {
        if let fault { return CommandFailure(any: fault) }
        for (name, counters) in [("Alice", report.alice), ("Bob", report.bob)] where !counters.isConserved {
            return CommandFailure(
                .loss,
                "\(name)'s symbols do not add up: \(counters.deliveredSymbols) delivered and \(counters.declaredGapSymbols) declared "
                    + "missing of \(counters.nextSymbol). The unit's firmware or this program is at fault; do not use the session"
            )
        }
        return nil
    }

    /// A monitor ended the session.
    static func alarm(_ finding: RuleJudgement) -> CommandFailure {
        CommandFailure(
            .outsideLimits,
            "monitor \(finding.rule.rawValue) ended the session: \(NumberText.significant(finding.statistic, digits: 3)) against "
                + "\(NumberText.significant(finding.actLimit, digits: 3)) (\(finding.rule.card.statistic)). It watches for: "
                + "\(finding.rule.card.watchesFor). The report names the likely cause and what to measure next")
    }

    /// A session without a limit of symbols is never a unit's to end.
    static func desertion(_ units: LinkUnits) async -> CommandFailure {
        var states: [String] = []
        for unit in [units.alice, units.bob] {
            let status = try? await unit.status()
            let fault = status.map { $0.faultCode == 0 ? "" : " (fault \($0.faultCode))" } ?? ""
            states.append("\(unit.identity.role) is \(status?.state.description ?? "silent")\(fault)")
        }
        return CommandFailure(
            .failure,
            "the units ended the session by themselves: \(states.joined(separator: ", ")). 'cvqkd status' and "
                + "'cvqkd telemetry' show why")
    }

    /// A unit that did not confirm its end may still be lit for as long as its heartbeat time-out.
    static func silence(_ units: [UnitIdentity]) -> CommandFailure? {
        guard !units.isEmpty else { return nil }
        return CommandFailure(
            .timedOut,
            "\(units.map(\.serial).joined(separator: ", ")) did not answer at the end of the session. Look at 'cvqkd status', and "
                + "switch it off and on if it stays silent")
    }
}
