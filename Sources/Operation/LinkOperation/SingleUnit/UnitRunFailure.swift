public import UnitControl

/// Why work with one unit did not end as it was wished.
public enum UnitRunFailure: Error, Sendable {
    /// The unit, or the way to it.
    case unit(UnitError)
    /// The session cannot be noted where others find it.
    case journal(SessionFolderFault)
    /// The unit's account and ours do not add up.
    case account(StreamCounters)
    /// The unit cannot sum samples by itself.
    case cannotSum(serial: String)
    /// The end was asked for, and everything was put in order.
    case ended
}
