public import UnitProtocol
public import UnitTransport

/// What the host knows of a unit's session, as a value: events in, what to do out. `Unit` performs it and holds little
/// else, so that every order of events can be tried without a unit.
public struct ConnectionState: Sendable, Equatable {
    /// Where the connection stands.
    public enum Phase: Sendable, Equatable {
        /// Hello accepted, no link session of ours. Leaves by `starting` and `ended`.
        case idle
        /// StartStream is under way. Leaves by `started` (streaming), `refusedStart` (idle), `ended`.
        case starting(session: UInt64)
        /// The session runs. Leaves by `stopping`, by an end frame or a state change of the unit (drained), `ended`.
        case streaming(session: UInt64)
        /// StopStream is under way. Leaves by `stopped` (idle), `ended`.
        case stopping(session: UInt64)
        /// The connection is over. Final.
        case ended(TransportError)
    }

    /// What happens.
    public enum Event: Sendable, Equatable {
        /// The host wants a session, in which this light is on all the time.
        case start(session: UInt64, light: LightSet = [])
        /// StreamStarted came.
        case started
        /// StartStream was refused or timed out.
        case refusedStart
        /// The host wants the session to end.
        case stop
        /// StreamStopped came, or the request for it failed for good.
        case stopped
        /// The unit announced another state.
        case changed(StateChanged)
        /// The heartbeat of this count was answered.
        case heartbeat(count: UInt32, HeartbeatReply)
        /// A heartbeat was not answered in time.
        case heartbeatMissed
        /// The transport is gone or closed.
        case ended(TransportError)
    }

    /// What is to be done.
    public enum Action: Sendable, Equatable {
        /// Nothing.
        case none
        /// The event does not fit the phase: a bug of the caller if it came from the host, ignored from the unit.
        case reject
        /// The unit ended the running session: tell the stream's consumer.
        case endStream(cause: StateCause)
        /// So many heartbeats in a row were answered with what cannot be while the session runs, or not at all: fail the
        /// stream. The reason is of the latest; nil if it was not answered.
        case doubtSession(reason: String?)
        /// Fail whatever is pending.
        case failPending(TransportError)
    }

    /// Where the connection stands.
    public private(set) var phase: Phase = .idle
    /// State that the unit reported last.
    public private(set) var unitState: UnitState
    /// Heartbeats in a row that were not answered.
    public private(set) var missedHeartbeats = 0

    /// Heartbeats in a row that are borne: one reply may have been on its way when a session began, and one when the unit
    /// ended it, of which its event and its last frame tell. The next one ends the session.
    public static let doubtfulHeartbeatsBorne = 2

    /// Heartbeats in a row whose answer contradicts the running session.
    private var contradictions = 0
    /// Light that is on as long as the session runs.
    private var sessionLight: LightSet = []
    /// The unit has said that it ended the session by itself: its last frames are on the way.
    private var hasEndBeenSaid = false
    /// The unit ended the session before its StreamStarted was read: events may overtake replies.
    private var earlyEnd: StateCause?

    /// Just after HelloReply.
    public init(unitState: UnitState) { self.unitState = unitState }

    /// Takes one event.
    public mutating func handle(_ event: Event) -> Action {
        if case .ended = phase { return .none }
        switch event {
        case .start(let session, let light):
            guard phase == .idle else { return .reject }
            phase = .starting(session: session)
            sessionLight = light
            (earlyEnd, contradictions, hasEndBeenSaid) = (nil, 0, false)
        case .started:
            guard case .starting(let session) = phase else { return .reject }
            phase = .streaming(session: session)
            if let cause = earlyEnd {
                hasEndBeenSaid = true
                return .endStream(cause: cause)
            }
        case .refusedStart:
            guard case .starting = phase else { return .reject }
            phase = .idle
        case .stop:
            guard case .streaming(let session) = phase else { return .reject }
            phase = .stopping(session: session)
        case .stopped:
            guard case .stopping = phase else { return .reject }
            phase = .idle
        case .changed(let change): return apply(change)
        case .heartbeat(let count, let reply):
            missedHeartbeats = 0
            unitState = reply.state
            return compare(reply, count)
        case .heartbeatMissed:
            missedHeartbeats += 1
            guard case .streaming = phase, missedHeartbeats > Self.doubtfulHeartbeatsBorne else { return .none }
            return .doubtSession(reason: nil)
        case .ended(let error):
            phase = .ended(error)
            return .failPending(error)
        }
        return .none
    }

    private mutating func apply(_ change: StateChanged) -> Action {
        unitState = change.after
        guard change.before == .streaming, change.after != .streaming, change.cause != .command else { return .none }
        switch phase {
        case .streaming(change.sessionId):
            hasEndBeenSaid = true
            return .endStream(cause: change.cause)
        case .starting(change.sessionId): earlyEnd = change.cause
        default: break
        }
        return .none
    }

    /// A heartbeat's answer beside the session that runs.
    private mutating func compare(_ reply: HeartbeatReply, _ count: UInt32) -> Action {
        guard case .streaming(let session) = phase, !hasEndBeenSaid,
            let reason = contradiction(of: reply, count, session)
        else {
            contradictions = 0
            return .none
        }
        contradictions += 1
        return contradictions > Self.doubtfulHeartbeatsBorne ? .doubtSession(reason: reason) : .none
    }

    private func contradiction(of reply: HeartbeatReply, _ count: UInt32, _ session: UInt64) -> String? {
        let runs = "while session \(String(session, radix: 16)) runs"
        guard reply.count == count else { return "count \(reply.count), \(count) was sent" }
        guard reply.state == .streaming else {
            return "state \(reply.state.name ?? "\(reply.state.rawValue)") \(runs)"
        }
        guard reply.sessionId == session else {
            return "session \(String(reply.sessionId, radix: 16)) \(runs)"
        }
        guard reply.light.isSuperset(of: sessionLight) else { return "no light \(runs)" }
        return nil
    }
}
