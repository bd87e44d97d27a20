public import LinkControl
public import UnitControl
public import UnitProtocol

/// What is left of a run: the report of its last session, and what went wrong if anything.
public struct LinkOutcome: Sendable {
    /// Alice's unit.
    public var alice: UnitIdentity
    /// Bob's unit.
    public var bob: UnitIdentity
    /// What was done.
    public var settings: LinkSettings
    /// The account and the estimate.
    public var report: LinkReport
    /// What the session was compared with.
    public var reference: SessionReference
    /// What the monitors found.
    public var monitors: MonitorAccount
    /// Time of streaming.
    public var elapsed: Duration
    /// What stopped the streams.
    public var stoppedBy: SessionEnding
    /// Sessions of the same run that a failure ended; the figures here are of the last one alone.
    public var earlier: [FailedSession] = []
    /// What recovery has done.
    public var recovery = PairRecovery()
    /// What is wrong; nil if all is as it was wished.
    public var failure: LinkRunFailure?
    /// Events that were not heard because the listener was slow.
    public var unheardEvents = 0
}

/// A session that ended before its time, and what came of it.
public struct FailedSession: Sendable {
    /// Its number.
    public var session: UInt64
    /// Symbols at Bob.
    public var symbols: UInt64
    /// Symbols that did not come, at both ends.
    public var gapSymbols: UInt64
    /// How many of them the units declared, or missing frames explain.
    public var declaredGapSymbols: UInt64
    /// How many of them were in frames that came and were refused.
    public var refusedSymbols: UInt64
    /// Time of streaming.
    public var elapsed: Duration
    /// Whose unit failed.
    public var role: UnitRole
    /// How.
    public var error: UnitError
    /// The step that made it usable again.
    public var step: RecoveryStep

    init(_ outcome: LinkOutcome, _ role: UnitRole, _ error: UnitError, _ step: RecoveryStep) {
        let report = outcome.report
        session = report.session
        symbols = report.bob.deliveredSymbols
        gapSymbols = report.missingSymbols
        declaredGapSymbols = report.declaredGapSymbols
        refusedSymbols = report.refusedSymbols
        elapsed = outcome.elapsed
        self.role = role
        self.error = error
        self.step = step
    }
}

/// Why a run did not end as it was wished.
public enum LinkRunFailure: Error, Sendable, CustomStringConvertible {
    /// A unit that is looked for, or asked what it can do, before a session has anything of it.
    case unit(UnitError)
    /// A session cannot be prepared or started.
    case link(LinkError)
    /// The precision that is asked for takes longer than the session.
    case tooShort(UnreachablePrecision)
    /// A unit answers, and was not ready within the limit of the warm-up.
    case notReady(UnitRole, within: Duration)
    /// Key may not be made.
    case refused(KeyRefusal)
    /// Nobody can say whether key may be made.
    case unproven(KeyDoubt)
    /// What the session is to end at can never come.
    case unreachable(PrecisionObstacle)
    /// A session of purpose key without slots of what key rests on.
    case unplanned(KeyEvidence.Kind)
    /// The session cannot be noted where others find it.
    case journal(SessionFolderFault)
    /// A session that ran ended otherwise than it was wished.
    case session(SessionEnding)
    /// The end was asked for, and everything was put in order.
    case ended

    /// The unit whose failure it is, and how it failed: a step of recovery may help.
    public var unitFailure: (role: UnitRole, error: UnitError)? {
        switch self {
        // Both units lost control. The other's turn comes when the first is usable again.
        case .session(.paused(let pause)): (.alice, .heartbeatsMissed(pause))
        case .link(.unit(let role, let error)), .session(.failed(.unit(let role, let error))): (role, error)
        case .session(.deserted(let desertion)):
            if let unit = desertion.unit, let cause = desertion.cause {
                (unit, .sessionEnded(cause: cause))
            } else {
                nil
            }
        default: nil
        }
    }
}

extension LinkRunFailure {
    /// What is wrong, in a sentence.
    public var description: String {
        switch self {
        case .unit(let error): error.description
        case .link(let error): error.description
        case .tooShort(let goal): goal.description
        case .notReady(let role, let limit): "\(role) was not ready within \(limit)"
        case .refused(let refusal): refusal.description
        case .unproven(let doubt): doubt.description
        case .unreachable(let obstacle): obstacle.description
        case .unplanned(let kind): "a session of purpose key without \(kind.rawValue) slots has no evidence for key"
        case .journal(let fault): fault.description
        case .session(let ending): ending.description
        case .ended: "the end was asked for"
        }
    }
}
