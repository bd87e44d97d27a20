import LinkControl
import LinkMonitors
import LinkOperation
import CalibrationRecords
import Testing
import UnitControl
import UnitProtocol

/// The course of a session as a value: what stops it, and which ending counts when there are several.
struct SessionLoopTests {
    private static func request(_ change: (inout LinkRequest) -> Void = { _ in }) -> LinkRequest {
        var request = LinkRequest(.test, records: StateFolder("/nowhere"))
        change(&request)
        return request
    }

    private static let alarm = RuleJudgement(
        stated: .transmitterInput, .alarm, statistic: 9, warn: 4, act: 5)

    /// An event that leads to an ending of each kind.
    private static func event(_ kind: SessionEnding.Kind) -> SessionLoop.Event {
        var lossy = StreamCounters()
        lossy.nextSymbol = 10
        return switch kind {
        case .failed: .failed(.unit(.bob, .timedOut(request: "GetStatus", milliseconds: 500)))
        case .deserted: .streamsEnded(SessionEnding.Desertion(unit: .bob, cause: .hardwareFault, states: []))
        case .alarm: .alarm(alarm)
        case .permission: .permissionEnded(.unproven(.unanswered, for: .seconds(15)))
        case .fault: .judged(fault: .syncLost(reason: "a slip"), alice: StreamCounters(), bob: StreamCounters())
        case .account: .judged(fault: nil, alice: StreamCounters(), bob: lossy)
        case .request: .endRequested
        case .silence: .dark(silent: [])
        case .duration: .moment(elapsed: .seconds(60), health: nil)
        case .precision: .moment(elapsed: .zero, health: nil)
        }
    }

    /// Kinds that an event alone brings about: silence needs a unit's identity, precision an estimate.
    private static let kinds = SessionEnding.Kind.allCases.filter { $0 != .silence && $0 != .precision }

    @Test(arguments: kinds, kinds) func `of two endings the one that explains more counts, in whatever order they come`(
        first: SessionEnding.Kind, second: SessionEnding.Kind
    ) {
        var loop = SessionLoop(Self.request { $0.duration = .seconds(60) })
        _ = loop.handle(Self.event(first))
        _ = loop.handle(Self.event(second))
        var expected = min(first.rawValue, second.rawValue)
        // Units that stop after somebody told them to desert nobody.
        if second == .deserted, first.stopsTheStream { expected = first.rawValue }
        let kind = SessionEnding.Kind(rawValue: expected)
        #expect(loop.failure?.kind == (kind?.isAsWished == true ? nil : kind))
    }

    @Test(arguments: kinds) func `a running session stops for what stops it, and for nothing else`(
        kind: SessionEnding.Kind
    ) {
        var loop = SessionLoop(Self.request { $0.duration = .seconds(60) })
        let action = loop.handle(Self.event(kind))
        #expect(action == (kind.stopsTheStream ? .stop : .goOn))
        #expect(loop.stoppedBy?.kind == (kind.stopsTheStream ? kind : nil))
    }

    @Test func `the duration is of all sessions of a run together`() {
        let request = Self.request { $0.duration = .seconds(60) }
        var loop = SessionLoop(request, before: .seconds(45))
        #expect(loop.handle(.moment(elapsed: .seconds(14), health: nil)) == .goOn)
        #expect(loop.left(after: .seconds(14)) == .seconds(1))
        #expect(loop.handle(.moment(elapsed: .seconds(15), health: nil)) == .stop)
        #expect(loop.left(after: .seconds(99)) == .zero)
        #expect(loop.failure == nil)
    }

    @Test func `without a limit it goes on, and a session that nobody ended is a unit's desertion`() {
        var loop = SessionLoop(Self.request())
        #expect(loop.handle(.moment(elapsed: .seconds(1_000_000), health: nil)) == .goOn)
        #expect(loop.left(after: .seconds(1)) == nil)
        #expect(loop.handle(Self.event(.deserted)) == .stop)
        #expect(loop.stoppedBy?.kind == .deserted)
        #expect(loop.failure?.kind == .deserted)
    }

    @Test func `a failure in the middle of an end is the failure`() {
        var loop = SessionLoop(Self.request { $0.duration = .seconds(60) })
        _ = loop.handle(.moment(elapsed: .seconds(60), health: nil))
        _ = loop.handle(Self.event(.failed))
        #expect(loop.stoppedBy?.kind == .failed)
        #expect(loop.failure?.kind == .failed)
    }

    @Test func `an alarm of the last window counts, though the time ended the session`() {
        var loop = SessionLoop(Self.request { $0.duration = .seconds(60) })
        _ = loop.handle(.moment(elapsed: .seconds(60), health: nil))
        _ = loop.handle(Self.event(.alarm))
        #expect(loop.stoppedBy?.kind == .duration)
        #expect(loop.failure?.kind == .alarm)
    }

    @Test func `what is found after the end does not restart anything`() {
        var loop = SessionLoop(Self.request())
        #expect(loop.handle(.endRequested) == .stop)
        #expect(loop.handle(.streamsEnded(nil)) == .stop)
        #expect(loop.handle(Self.event(.fault)) == .stop)
        #expect(loop.handle(.dark(silent: [])) == .stop)
        #expect(loop.stoppedBy?.kind == .request)
        #expect(loop.failure?.kind == .fault)
    }
}
