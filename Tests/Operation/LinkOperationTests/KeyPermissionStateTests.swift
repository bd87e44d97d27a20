import CalibrationRecords
import LinkOperation
import Testing
import UnitControl
import UnitTransport

/// When a running key session has to end, as a value with time in the test's hands.
struct KeyPermissionStateTests {
    static func at(_ seconds: Double) -> HostClock.Instant {
        HostClock.Instant(nanoseconds: 1_000_000_000) + .seconds(seconds)
    }

    static let mute = KeyAnswer.unknown(
        .unit(serial: "B", .timedOut(request: "GetTelemetry", milliseconds: 3000)))

    @Test func `a refusal for cause ends it at once, and for good`() {
        var state = KeyPermissionState(grantedAt: Self.at(0))
        state.handle(.refused(.store(.noUnit)), askedAt: Self.at(1), now: Self.at(1))
        guard case .refused = state.ending else {
            Issue.record("\(String(describing: state.ending))")
            return
        }
        state.handle(.granted, askedAt: Self.at(2), now: Self.at(2))
        #expect(state.ending != nil)
    }

    @Test func `what cannot be said is borne for 15 s and not longer`() {
        var state = KeyPermissionState(grantedAt: Self.at(0))
        for second in [5.0, 10, 14.9] {
            state.handle(Self.mute, askedAt: Self.at(second - 3), now: Self.at(second))
            #expect(state.ending == nil, "\(second) s")
        }
        state.look(Self.at(15))
        guard case .unproven(.unit(let serial, _), let time) = state.ending else {
            Issue.record("\(String(describing: state.ending))")
            return
        }
        #expect(serial == "B")
        #expect(time == .seconds(15))
    }

    @Test func `a question that is never answered ends it too`() {
        var state = KeyPermissionState(grantedAt: Self.at(0))
        state.look(Self.at(14.999))
        #expect(state.ending == nil)
        state.look(Self.at(15))
        guard case .unproven(.unanswered, _) = state.ending else {
            Issue.record("\(String(describing: state.ending))")
            return
        }
    }

    @Test func `a grant counts from when it was asked for, and a late one does not set it back`() {
        var state = KeyPermissionState(grantedAt: Self.at(0))
        state.handle(.granted, askedAt: Self.at(5), now: Self.at(12))
        #expect(state.deadline == Self.at(20))
        state.handle(.granted, askedAt: Self.at(3), now: Self.at(13))
        #expect(state.deadline == Self.at(20))
        state.handle(Self.mute, askedAt: Self.at(13), now: Self.at(19.9))
        #expect(state.ending == nil)
        state.look(Self.at(20))
        #expect(state.ending != nil)
    }
}
