public import LinkControl
public import UnitControl
public import UnitProtocol

/// What a run tells while it goes, for a terminal, a log or an agent.
public enum LinkEvent: Sendable {
    /// A session begins on these units.
    case units(alice: UnitIdentity, bob: UnitIdentity)
    /// V_off is measured, with Bob dark, from so many samples.
    case measuringElectronicNoise(samples: UInt64)
    /// V_off.
    case electronicNoise(ElectronicNoiseMeasurement)
    /// Both lights come up, within this.
    case warmingUp(limit: Duration)
    /// Both units are stable.
    case lit(after: Duration)
    /// What the session is compared with.
    case reference(SessionReference)
    /// Symbols come.
    case started(session: UInt64, plan: LinkPlan)
    /// What the monitors notice.
    case monitor(MonitorAccount.Notice)
    /// The session shows something wrong beyond lost frames; told when it begins, and again when it becomes something else.
    case fault(LinkError)
    /// It does not any more: training follows Alice's words again, at this delay.
    case faultCleared(delay: Int?)
    /// What the session is to end at cannot come, for this reason.
    case goalOutOfReach(PrecisionObstacle)
    /// What a unit says unasked.
    case unit(UnitNotice)
    /// No more symbols come.
    case stopped
    /// A unit did not confirm that it is dark; it goes dark by its heartbeat time-out.
    case silent(UnitIdentity)
    /// A unit failed, and is made usable again.
    case recovering(UnitRole, UnitError)
    /// It is usable again; a new session follows.
    case recovered(UnitRole, RecoveryStep)
}

/// A running session at a moment.
public struct LinkMoment: Sendable {
    /// The account and the estimate.
    public var report: LinkReport
    /// Time of streaming.
    public var elapsed: Duration
    /// What is left of the duration; nil without one.
    public var left: Duration?
    /// Symbols a second from Alice's unit.
    public var aliceRate: Double
    /// Symbols a second from Bob's unit.
    public var bobRate: Double
}
