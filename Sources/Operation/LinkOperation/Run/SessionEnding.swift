public import LinkControl
public import LinkMonitors
public import UnitControl
public import UnitProtocol

/// What ends a session.
public enum SessionEnding: Sendable, CustomStringConvertible {
    /// A monitor's alarm.
    case alarm(RuleJudgement)
    /// Key may not be made any more.
    case permission(KeyPermissionState.Ending)
    /// What Alice's unit disclosed is not what she streamed, or too much of it was compared with nothing.
    case mismatch(LinkError)
    /// Too many of a unit's frames came and were refused.
    case refused(LinkError)
    /// A session of purpose key shows nothing that key could rest on.
    case unevidenced(KeyEvidence.Lack)
    /// This program sent no heartbeats for so long that the units went dark: what was measured before stands, and what the
    /// dark units showed afterwards is no finding.
    case paused(HostPause)
    /// A unit, its line or a peer failed.
    case failed(LinkError)
    /// The units ended it by themselves: which one and why, as far as they say, and what they say of themselves.
    case deserted(Desertion)
    /// The two streams do not belong together.
    case fault(LinkError)
    /// A unit's symbols do not add up.
    case account(UnitRole, StreamCounters)
    /// Units did not confirm at the end that they are dark.
    case silence([UnitIdentity])
    /// Somebody asked for the end.
    case request
    /// The time is over.
    case duration
    /// It is as precise as was asked for.
    case precision

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

    /// Endings without what belongs to them, in the order in which they count when there are several. First what forbids to
    /// use the session, and to follow it with another; then what explains more; what somebody wished is no reason to keep
    /// silent about what went wrong.
    public enum Kind: Int, Sendable, CaseIterable {
        case alarm, permission, mismatch, refused, unevidenced, paused, failed, deserted, fault, account, silence,
            request, duration, precision

        /// Whether nobody may use the session, or follow it with another as if nothing had been.
        var forbidsUse: Bool {
            switch self {
            case .alarm, .permission, .mismatch, .refused, .unevidenced: true
            default: false
            }
        }
        /// Whether the session is as it should be.
        public var isAsWished: Bool { self == .duration || self == .precision }
        /// Whether it is what a running session stops for; the others are found at the end.
        public var stopsTheStream: Bool {
            switch self {
            case .alarm, .permission, .mismatch, .refused, .unevidenced, .paused, .failed, .deserted, .request,
                .duration, .precision, .account:
                true
            case .fault, .silence: false
            }
        }
    }

    /// Which it is.
    public var kind: Kind {
        switch self {
        case .alarm: .alarm
        case .permission: .permission
        case .mismatch: .mismatch
        case .refused: .refused
        case .unevidenced: .unevidenced
        case .paused: .paused
        case .failed: .failed
        case .deserted: .deserted
        case .fault: .fault
        case .account: .account
        case .silence: .silence
        case .request: .request
        case .duration: .duration
        case .precision: .precision
        }
    }

    /// What `LinkSession.fault` says, as an ending.
    init(fault: LinkError) {
        switch fault {
        case .disclosureDiffers, .uncompared, .comparisonLate: self = .mismatch(fault)
        case .framesRefused: self = .refused(fault)
        case .unaccounted(let role, let counters): self = .account(role, counters)
        default: self = .fault(fault)
        }
    }
}

extension SessionEnding {
    /// What ended the session, in a sentence.
    public var description: String {
        switch self {
        case .alarm(let judgement): "monitor \(judgement.rule.rawValue) raised an alarm"
        case .permission(.refused(let refusal)): "key is refused: \(refusal)"
        case .permission(.unproven(let doubt, let time)):
            "for \(time) nobody could say whether key may be made: \(doubt)"
        case .mismatch(let error), .refused(let error), .failed(let error), .fault(let error): error.description
        case .unevidenced(let lack): lack.description
        case .paused(let pause): pause.description
        case .deserted(let desertion):
            "\(desertion.unit?.description ?? "a unit") ended it by itself"
                + (desertion.cause.map { " (\($0))" } ?? "")
        case .account(let role, let counters):
            LinkError.unaccounted(role, counters).description
        case .silence(let units): "\(units.map(\.serial).joined(separator: ", ")) did not confirm the dark"
        case .request: "the end was asked for"
        case .duration: "the time is over"
        case .precision: "it is as precise as was asked for"
        }
    }
}
