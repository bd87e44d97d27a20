import Testing
import UnitControl
import UnitProtocol
import UnitTransport

struct ConnectionStateTests {
    private static func change(
        _ before: UnitState, _ after: UnitState, _ cause: StateCause, session: UInt64 = 7
    ) -> ConnectionState.Event {
        .changed(
            StateChanged(before: before, after: after, cause: cause, faultCode: 0, deviceTime: 0, sessionId: session))
    }

    private static let streaming: [ConnectionState.Event] = [.start(session: 7), .started]

    @Test(
        arguments: [
            ([.start(session: 7)], .starting(session: 7)),
            ([.start(session: 7), .refusedStart], .idle),
            (streaming, .streaming(session: 7)),
            (streaming + [.stop], .stopping(session: 7)),
            (streaming + [.stop, .stopped], .idle),
            (streaming + [.heartbeatMissed, .heartbeatMissed], .streaming(session: 7)),
            (streaming + [.ended(.closed)], .ended(.closed)),
            (streaming + [.ended(.closed), .stop, .stopped], .ended(.closed)),
        ] as [([ConnectionState.Event], ConnectionState.Phase)])
    func `events lead to phases`(events: [ConnectionState.Event], phase: ConnectionState.Phase) {
        var state = ConnectionState(unitState: .ready)
        for event in events { _ = state.handle(event) }
        #expect(state.phase == phase)
    }

    @Test func `a session's end that overtakes StreamStarted is not forgotten`() {
        var state = ConnectionState(unitState: .ready)
        #expect(state.handle(.start(session: 7)) == .none)
        #expect(state.handle(Self.change(.streaming, .ready, .symbolLimit)) == .none)
        #expect(state.handle(.started) == .endStream(cause: .symbolLimit))
    }

    @Test(
        arguments: [
            ([], .stop), ([], .started), ([], .stopped), ([], .refusedStart), (streaming, .start(session: 8)),
            (streaming + [.stop], .stop),
        ] as [([ConnectionState.Event], ConnectionState.Event)])
    func `what does not fit the phase is rejected and changes nothing`(
        before: [ConnectionState.Event], event: ConnectionState.Event
    ) {
        var state = ConnectionState(unitState: .ready)
        for event in before { _ = state.handle(event) }
        let phase = state.phase
        #expect(state.handle(event) == .reject)
        #expect(state.phase == phase)
    }

    @Test func `a session that the unit ends by itself ends the stream, with the reason`() {
        var state = ConnectionState(unitState: .ready)
        for event in Self.streaming { _ = state.handle(event) }
        #expect(state.handle(Self.change(.streaming, .dark, .heartbeatLost)) == .endStream(cause: .heartbeatLost))
        #expect(state.unitState == .dark)
    }

    @Test func `a change that we asked for, or of another session, ends nothing`() {
        var state = ConnectionState(unitState: .ready)
        for event in Self.streaming { _ = state.handle(event) }
        #expect(state.handle(Self.change(.streaming, .ready, .command)) == .none)
        #expect(state.handle(Self.change(.streaming, .dark, .heartbeatLost, session: 6)) == .none)
        #expect(state.handle(Self.change(.warmingUp, .ready, .warmUpDone)) == .none)
        #expect(state.unitState == .ready)
    }

    @Test func `an answered heartbeat forgives the missed ones`() {
        var state = ConnectionState(unitState: .ready)
        _ = state.handle(.heartbeatMissed)
        _ = state.handle(.heartbeatMissed)
        #expect(state.missedHeartbeats == 2)
        _ = state.handle(
            .heartbeat(count: 1, HeartbeatReply(count: 1, state: .dark, light: [], deviceTime: 0, sessionId: 0)))
        #expect(state.missedHeartbeats == 0)
        #expect(state.unitState == .dark)
    }

    private static func beat(_ state: UnitState, session: UInt64) -> ConnectionState.Event {
        .heartbeat(
            count: 1, HeartbeatReply(count: 1, state: state, light: .signalLaser, deviceTime: 0, sessionId: session))
    }

    @Test func `one reply that was under way at a start, and any after the unit's end, say nothing`() {
        var state = ConnectionState(unitState: .ready)
        _ = state.handle(.start(session: 7, light: .signalLaser))
        _ = state.handle(.started)
        for event in [Self.beat(.ready, session: 0), Self.beat(.ready, session: 0), Self.beat(.streaming, session: 7)] {
            #expect(state.handle(event) == .none)
        }
        for _ in 0..<2 { #expect(state.handle(Self.beat(.ready, session: 0)) == .none) }
        #expect(state.handle(Self.change(.streaming, .ready, .symbolLimit)) == .endStream(cause: .symbolLimit))
        for _ in 0..<10 { #expect(state.handle(Self.beat(.ready, session: 0)) == .none) }
    }

    @Test(arguments: [streaming + [.stop], streaming + [.stop, .stopped], []] as [[ConnectionState.Event]])
    func `where no session runs, nothing is compared`(before: [ConnectionState.Event]) {
        var state = ConnectionState(unitState: .ready)
        for event in before { _ = state.handle(event) }
        for _ in 0..<5 { #expect(state.handle(Self.beat(.dark, session: 9)) == .none) }
        for _ in 0..<5 { #expect(state.handle(.heartbeatMissed) == .none) }
    }
}
