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
        /// The host wants a session.
        case start(session: UInt64)
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
        /// A heartbeat was answered.
        case heartbeat(HeartbeatReply)
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
        /// Fail whatever is pending.
        case failPending(TransportError)
    }

    /// Where the connection stands.
    public private(set) var phase: Phase = .idle
    /// State that the unit reported last.
    public private(set) var unitState: UnitState
    /// Heartbeats in a row that were not answered.
    public private(set) var missedHeartbeats = 0

    /// The unit ended the session before its StreamStarted was read: events may overtake replies.
    private var earlyEnd: StateCause?

    /// Just after HelloReply.
    public init(unitState: UnitState) { self.unitState = unitState }

    /// Takes one event.
    public mutating func handle(_ event: Event) -> Action {
        if case .ended = phase { return .none }
        switch event {
        case .start(let session):
            guard phase == .idle else { return .reject }
            phase = .starting(session: session)
            earlyEnd = nil
        case .started:
            guard case .starting(let session) = phase else { return .reject }
            phase = .streaming(session: session)
            if let cause = earlyEnd { return .endStream(cause: cause) }
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
        case .heartbeat(let reply):
            missedHeartbeats = 0
            unitState = reply.state
        case .heartbeatMissed: missedHeartbeats += 1
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
        case .streaming(change.sessionId): return .endStream(cause: change.cause)
        case .starting(change.sessionId): earlyEnd = change.cause
        default: break
        }
        return .none
    }
}
