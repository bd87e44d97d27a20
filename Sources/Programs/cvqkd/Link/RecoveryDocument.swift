import UnitControl

/// What recovery did for a unit, for scripts.
struct RecoveryDocument: Encodable, Sendable {
    var resubmissions: UInt64
    var clearedHalts: UInt64
    var newSessions: UInt64
    var reconnections: UInt64
    var resets: UInt64
    var quarantines: UInt64

    init(_ counters: RecoveryCounters) {
        resubmissions = counters.resubmissions
        clearedHalts = counters.clearedHalts
        newSessions = counters.newSessions
        reconnections = counters.reconnections
        resets = counters.resets
        quarantines = counters.quarantines
    }

    /// What was done, for people; nil if nothing.
    var text: String? {
        let done = [
            (resubmissions, "transfers submitted again"), (clearedHalts, "halts cleared"),
            (newSessions, "sessions renewed"), (reconnections, "reconnections"), (resets, "resets"),
            (quarantines, "quarantines"),
        ].filter { $0.0 > 0 }
        return done.isEmpty ? nil : done.map { "\(NumberText.count($0.0)) \($0.1)" }.joined(separator: ", ")
    }
}

/// A session that ended before its time, and what came of it. Its symbols are not in the figures of the last one.
struct EarlierSession: Encodable, Sendable {
    var session: String
    var symbols: UInt64
    var gapSymbols: UInt64
    var declaredGapSymbols: UInt64
    var elapsedSeconds: Double
    var failedUnit: String
    var failure: String
    var recovery: String

    /// For people.
    var text: String {
        "\(session), \(NumberText.count(symbols)) symbols at Bob, \(NumberText.count(declaredGapSymbols)) of \(NumberText.count(gapSymbols)) missing ones declared; "
            + "\(failedUnit): \(failure); \(recovery)"
    }
}
