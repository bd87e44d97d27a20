public import UnitControl

/// What recovery did for a unit.
public struct RecoveryDocument: Codable, Sendable, Hashable {
    /// Transfers that failed and were submitted again.
    public var resubmissions: UInt64
    /// Halts of an endpoint that were cleared.
    public var clearedHalts: UInt64
    /// Sessions that were ended because of a failure, for a new one.
    public var newSessions: UInt64
    /// Times the unit was opened again after it was gone.
    public var reconnections: UInt64
    /// Resets of its port.
    public var resets: UInt64
    /// Times it was given up.
    public var quarantines: UInt64

    /// The document of what was counted.
    public init(_ counters: RecoveryCounters) {
        resubmissions = counters.resubmissions
        clearedHalts = counters.clearedHalts
        newSessions = counters.newSessions
        reconnections = counters.reconnections
        resets = counters.resets
        quarantines = counters.quarantines
    }
}
