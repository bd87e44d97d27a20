public import LinkControl
public import LinkMonitors
public import UnitControl
public import UnitProtocol

/// What ends a session.
public enum SessionEnding: Sendable {
    /// A unit, its line or a peer failed.
    case failed(LinkError)
    /// The units ended it by themselves: which one and why, as far as they say, and what they say of themselves.
    case deserted(Desertion)
    /// A monitor's alarm.
    case alarm(RuleJudgement)
    /// Key may not be made any more.
    case permission(KeyPermissionState.Ending)
    /// The two streams do not belong together, or what was disclosed differs.
    case fault(LinkError)
    /// A unit's symbols do not add up.
    case account(UnitRole, StreamCounters)
    /// Somebody asked for the end.
    case request
    /// The time is over.
    case duration
    /// It is as precise as was asked for.
    case precision
    /// Units did not confirm at the end that they are dark.
    case silence([UnitIdentity])

    /// A session without a limit of symbols is never a unit's to end.
    public struct Desertion: Sendable {
        /// The unit that ended it; nil if neither says so.
        public var unit: UnitRole?
        /// Why, as the unit says.
        public var cause: StateCause?
        /// What the units say of themselves afterwards; nil for one that is silent.
        public var states: [(role: UnitRole, status: Status?)]

        /// An end that the units made.
        public init(unit: UnitRole?, cause: StateCause?, states: [(role: UnitRole, status: Status?)]) {
            self.unit = unit
            self.cause = cause
            self.states = states
        }
    }

    /// Endings without what belongs to them, in the order in which they count when there are several. What explains more
    /// comes first; what somebody wished is no reason to keep silent about what went wrong.
    public enum Kind: Int, Sendable, CaseIterable {
        case failed, deserted, alarm, permission, fault, account, request, silence, duration, precision

        /// Whether the session is as it should be.
        public var isAsWished: Bool { self == .duration || self == .precision }
        /// Whether it is what a running session stops for; the others are found at the end.
        public var stopsTheStream: Bool {
            switch self {
            case .failed, .deserted, .alarm, .permission, .request, .duration, .precision: true
            case .fault, .account, .silence: false
            }
        }
    }

    /// Which it is.
    public var kind: Kind {
        switch self {
        case .failed: .failed
        case .deserted: .deserted
        case .alarm: .alarm
        case .permission: .permission
        case .fault: .fault
        case .account: .account
        case .request: .request
        case .silence: .silence
        case .duration: .duration
        case .precision: .precision
        }
    }
}
