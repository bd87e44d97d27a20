public import UnitTransport

/// Whether a running session of purpose key may go on. A value: answers in, an ending out.
///
/// It fails closed. A refusal for a reason that is known ends the session at once. What cannot be said, because a unit is
/// mute, refuses, answers nonsense, or has old values or none, is borne for 15 s by the monotonic clock and ends it then:
/// one stale reading is no reason, and a unit that answers no more must not keep a session alive.
public struct KeyPermissionState: Sendable {
    /// Why the session ends.
    public enum Ending: Sendable {
        /// For a reason that is known.
        case refused(KeyRefusal)
        /// Nobody could say for this long that key may be made.
        case unproven(KeyDoubt, for: Duration)
    }

    /// Longest time without a grant.
    public static let patience: Duration = .seconds(15)

    /// Set once, and then for good.
    public private(set) var ending: Ending?
    private var granted: HostClock.Instant
    private var doubt = KeyDoubt.unanswered

    /// Key may be made at this moment.
    public init(grantedAt moment: HostClock.Instant) { granted = moment }

    /// When the session ends unless it is granted before.
    public var deadline: HostClock.Instant { granted + Self.patience }

    /// Takes the answer to a question that was asked at a moment, and looks at the present one.
    public mutating func handle(_ answer: KeyAnswer, askedAt asked: HostClock.Instant, now: HostClock.Instant) {
        guard ending == nil else { return }
        switch answer {
        case .granted:
            // As of when it was asked: an answer that was long under way says nothing about now.
            granted = max(granted, asked)
            doubt = .unanswered
        case .refused(let refusal): ending = .refused(refusal)
        case .unknown(let found): doubt = found
        }
        look(now)
    }

    /// Looks whether the time without a grant is over.
    public mutating func look(_ now: HostClock.Instant) {
        guard ending == nil, now >= deadline else { return }
        ending = .unproven(doubt, for: now - granted)
    }
}
