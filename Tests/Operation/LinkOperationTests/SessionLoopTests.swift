import LinkControl
import LinkMonitors
import LinkOperation
import CalibrationRecords
import Testing
import UnitProtocol
import UnitTransport

@testable import QuadratureAnalysis
@testable import UnitControl

/// The course of a session as a value: what stops it, and which ending counts when there are several.
struct SessionLoopTests {
    private static func request(_ change: (inout LinkRequest) -> Void = { _ in }) -> LinkRequest {
        var request = LinkRequest(.test, records: StateFolder("/nowhere"))
        change(&request)
        return request
    }

    private static let alarm = RuleJudgement(
        stated: .transmitterInput, .alarm, statistic: 9, warn: 4, act: 5)

    /// A minute, or an estimate to 1e-3.
    private static let wish = request {
        $0.duration = .seconds(60)
        $0.precision = PrecisionGoal(excessNoise: 1e-3, transmittance: nil)
    }

    private static let identity = UnitIdentity(
        HelloReply(
            role: .bob, emulated: true, state: .dark, access: .control, resetCause: .powerOn, bootCount: 1,
            serial: FixedText("B-1") ?? FixedText(), model: FixedText(), firmware: FixedText(), capabilities: [],
            heartbeatInterval: 500, heartbeatTimeout: 2_000, maximumControlFrame: 4_096, maximumFrameBytes: 65_536,
            streamBufferBytes: 0, response: FixedArray(repeating: 0)),
        schemaFingerprint: 0,
        endpoint: TransportEndpoint(selector: .anywhere(serial: "B-1"), path: "", kind: .inProcess))

    /// An estimate with σ(ξ) = 1e-4.
    private static var health: LinkHealth {
        func estimate<Quantity: PhysicalQuantity>(_ value: Double) -> Estimate<Quantity> {
            Estimate(Quantity(value), sigma: Quantity(1e-4), samples: 1_000)
        }
        return LinkHealth(
            transmittance: estimate(0.1), excessNoise: estimate(0.01), clearance: estimate(10),
            electronicNoise: estimate(0.1), shotNoise: estimate(10_000), vacuumVariance: estimate(11_000),
            darkVariance: estimate(1_000), residualVariance: estimate(11_000), signalToNoise: Ratio(0.1),
            modulationVariance: ShotNoiseUnits(5), phase: 0, imagePower: 0, symbols: 1_000,
            receiver: ShotNoise(method: .twoTime, vacuum: estimate(11_000), dark: estimate(1_000)),
            scale: ModulationScale(1), training: TrainingRegression(detection: .homodyne))
    }

    /// An event that leads to an ending of each kind.
    private static func event(_ kind: SessionEnding.Kind) -> SessionLoop.Event {
        var lossy = StreamCounters()
        lossy.nextSymbol = 10
        return switch kind {
        case .paused: .paused(HostPause(.seconds(9), timeout: .seconds(2), cause: .programSuspended))
        case .failed: .failed(.unit(.bob, .timedOut(request: "GetStatus", milliseconds: 500)))
        case .deserted: .streamsEnded(SessionEnding.Desertion(unit: .bob, cause: .hardwareFault, states: []))
        case .mismatch:
            .judged(fault: .disclosureDiffers(firstSymbol: 7), alice: StreamCounters(), bob: StreamCounters())
        case .alarm: .alarm(alarm)
        case .permission: .permissionEnded(.unproven(.unanswered, for: .seconds(15)))
        case .refused: .judged(fault: .framesRefused(.bob, lossy), alice: StreamCounters(), bob: lossy)
        case .unevidenced: .evidenceEnded(KeyEvidence.Lack(kinds: [.vacuum], time: .seconds(15)))
        case .fault: .judged(fault: .syncLost(reason: "a slip"), alice: StreamCounters(), bob: StreamCounters())
        case .account: .judged(fault: nil, alice: StreamCounters(), bob: lossy)
        case .request: .endRequested
        case .silence: .dark(silent: [identity])
        case .duration: .moment(elapsed: .seconds(60), health: nil)
        case .precision: .moment(elapsed: .zero, health: health)
        }
    }

    private static let kinds = SessionEnding.Kind.allCases

    @Test(arguments: kinds, kinds) func `of two endings the one that explains more counts, in whatever order they come`(
        first: SessionEnding.Kind, second: SessionEnding.Kind
    ) {
        var loop = SessionLoop(Self.wish)
        loop.handle(Self.event(first))
        loop.handle(Self.event(second))
        var expected = min(first.rawValue, second.rawValue)
        // Units that stop after there was a reason to desert nobody.
        if second == .deserted, first.stopsTheStream { expected = first.rawValue }
        let kind = SessionEnding.Kind(rawValue: expected)
        #expect(loop.failure?.kind == (kind?.isAsWished == true ? nil : kind))
    }

    @Test(arguments: kinds) func `a running session stops for what stops it, and for nothing else`(
        kind: SessionEnding.Kind
    ) {
        var loop = SessionLoop(Self.wish)
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
        loop.handle(.moment(elapsed: .seconds(60), health: nil))
        loop.handle(Self.event(.failed))
        #expect(loop.stoppedBy?.kind == .failed)
        #expect(loop.failure?.kind == .failed)
    }

    @Test(arguments: [SessionEnding.Kind.alarm, .permission, .mismatch, .refused, .unevidenced])
    func `what forbids to use a session is not forgotten because a unit fails too`(kind: SessionEnding.Kind) {
        var loop = SessionLoop(Self.request())
        loop.handle(Self.event(kind))
        loop.handle(Self.event(.failed))
        #expect(loop.failure?.kind == kind && loop.stoppedBy?.kind == kind)
    }

    @Test func `too much that was compared with nothing is the session's end, and no desertion`() {
        var loop = SessionLoop(Self.request())
        loop.handle(
            .judged(fault: .uncompared(frames: 9, of: 10), alice: StreamCounters(), bob: StreamCounters()))
        loop.handle(Self.event(.deserted))
        #expect(loop.stoppedBy?.kind == .mismatch && loop.failure?.kind == .mismatch)
    }

    @Test func `an alarm of the last window counts, though the time ended the session`() {
        var loop = SessionLoop(Self.request { $0.duration = .seconds(60) })
        loop.handle(.moment(elapsed: .seconds(60), health: nil))
        loop.handle(Self.event(.alarm))
        #expect(loop.stoppedBy?.kind == .duration)
        #expect(loop.failure?.kind == .alarm)
    }

    @Test func `what is found after the end does not restart anything`() {
        var loop = SessionLoop(Self.request())
        #expect(loop.handle(.endRequested) == .stop)
        #expect(loop.handle(Self.event(.deserted)) == .stop)
        #expect(loop.handle(Self.event(.fault)) == .stop)
        #expect(loop.handle(.dark(silent: [])) == .stop)
        #expect(loop.stoppedBy?.kind == .request)
        #expect(loop.failure?.kind == .fault)
    }
}
