public import UnitProtocol

/// What an alarm whose action is `stop` does to a session.
public enum MonitorPolicy: String, Sendable, CaseIterable {
    /// It is shown and reported.
    case report
    /// It ends the session.
    case act

    /// A key session ends: what it makes afterwards nobody may use. Calibration and test sessions go on, because somebody is
    /// there to look for the cause, often with the very fault that raised the alarm in hand.
    public init(_ purpose: SessionPurpose) { self = purpose == .key ? .act : .report }
}
