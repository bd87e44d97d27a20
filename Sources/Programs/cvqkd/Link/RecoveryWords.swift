import NodeReports
import ReadableText

extension RecoveryDocument {
    /// What was done, for people; nil if nothing.
    var text: String? {
        let done = [
            (resubmissions, "transfer", " submitted again"), (clearedHalts, "halt", " cleared"),
            (newSessions, "session", " renewed"), (reconnections, "reconnection", ""), (resets, "reset", ""),
            (quarantines, "quarantine", ""),
        ].filter { $0.0 > 0 }
        return done.isEmpty ? nil : done.map { NumberText.count($0.0, $0.1) + $0.2 }.joined(separator: ", ")
    }
}

extension EarlierSession {
    /// For people.
    var text: String {
        "\(session), \(NumberText.count(symbols)) symbols at Bob, \(NumberText.count(declaredGapSymbols)) of \(NumberText.count(gapSymbols)) missing ones declared"
            + (refusedSymbols == 0 ? "; " : ", \(NumberText.count(refusedSymbols)) refused; ")
            + "\(failedUnit): \(failure); \(recovery)"
    }
}
