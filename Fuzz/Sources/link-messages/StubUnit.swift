import Dispatch
import LinkControl
import LinkMonitors
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// A unit that can be lit and begins no session. What it says of itself is an emulated one's.
final class StubUnit: EndUnit {
    let clock: HostClock
    private let lit = Guarded(false)

    init(_ clock: HostClock) { self.clock = clock }

    var isLit: Bool { lit.withLock { $0 } }
    var identity: UnitIdentity { Self.bob.identity }

    func status() async throws(UnitError) -> Status {
        var status = Self.bob.status
        status.state = isLit ? .ready : .dark
        return status
    }

    func set<Request: UnitMessage>(_ request: Request) async throws(UnitError) {
        if let request = request as? SetLocalOscillator { lit.withLock { $0 = request.on } }
    }

    func opticalState() async throws(UnitError) -> OpticalState { throw .purposeForbids(action: "GetOpticalState") }
    func telemetry() async throws(UnitError) -> [TelemetryReading] { [] }
    func stopSession(_ session: UInt64) async throws(UnitError) {}
    func capabilities() async throws(UnitError) -> Capabilities { Self.bob.capabilities }

    /// Sums of as many samples as are asked for, which need not be possible.
    func measureMoments(_ kind: SymbolKind, samples: UInt64) async throws(UnitError) -> Moments {
        Moments(
            kind: kind, quadratures: 2, samples: samples, clippedSamples: 0, sumX: 0, sumSquaresX: samples,
            sumP: 0, sumSquaresP: samples, localOscillatorPower: 0, startTime: 0, endTime: 0)
    }

    func startStream(_ plan: StreamPlan) async throws(UnitError) -> UnitStream {
        throw .purposeForbids(action: "StartStream")
    }
    func stopStream() async throws(UnitError) -> StreamStopped { throw .cancelled }
    func finishStream(_ stopped: StreamStopped?) async {}

    /// What an emulated unit says, asked once.
    private struct Facts: Sendable {
        var identity: UnitIdentity
        var capabilities: Capabilities
        var status: Status
    }

    private static let facts: [UnitRole: Facts] = {
        let found = Guarded<[UnitRole: Facts]>([:])
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            let pair = EmulatedPair(PairConfiguration(model: PairModel(seed: 1)))
            for unit in [pair.alice, pair.bob] {
                guard let port = try? InProcessPort(unit), let unit = try? await Unit.connect(port, hostName: "fuzz"),
                    let capabilities = try? await unit.capabilities(), let status = try? await unit.status()
                else { fatalError("the emulated unit does not answer") }
                let facts = Facts(identity: unit.identity, capabilities: capabilities, status: status)
                found.withLock { $0[unit.identity.role] = facts }
                await unit.close()
            }
            pair.stop()
            done.signal()
        }
        done.wait()
        return found.withLock { $0 }
    }()

    private static var bob: Facts { of(.bob) }

    private static func of(_ role: UnitRole) -> Facts {
        guard let facts = facts[role] else { fatalError("no \(role)") }
        return facts
    }

    static let plan = LinkPlan(purpose: .key, symbolRate: 1e6)

    static func acceptance(_ role: UnitRole) -> LinkAcceptance {
        let facts = of(role)
        return LinkAcceptance(
            nonce: SessionNonce(high: UInt64(role.rawValue), low: 3), counter: 1,
            facts: EndFacts(facts.identity, facts.capabilities))
    }
}

/// Alice's end of a coordinator: it agrees, and runs for a while.
actor QuietAlice: EndPort {
    nonisolated let role = UnitRole.alice
    private var proposal: LinkProposal?
    private var session: UInt64 = 0
    private var looks = 0

    func propose(_ proposal: LinkProposal) async throws(LinkError) -> LinkAcceptance {
        self.proposal = proposal
        return StubUnit.acceptance(.alice)
    }

    func bind(_ order: BindOrder) async throws(LinkError) -> SessionBinding {
        guard let proposal else { throw .badPlan("nothing was proposed") }
        let binding = SessionBinding(proposal, alice: order.alice, bob: order.bob)
        session = binding.session
        return binding
    }

    func prepare(_ order: PrepareOrder) async throws(LinkError) -> PrepareResult { .done }
    func start() async throws(LinkError) -> StartResult {
        StartResult(session: session, sampleScale: 0.001, filter: 0)
    }
    func peerStarted(_ result: StartResult) async {}
    func lost() async -> PeerFault? { nil }

    func account() async -> CountersStatement {
        looks += 1
        return CountersStatement(StreamCounters(), isRunning: looks < 100, cause: nil)
    }

    func sums() async -> TrainingStatement? { nil }
    func disclosures() async -> DisclosureStatement { DisclosureStatement() }
    func mark(_ runs: DisclosureStatement) async {}
    func ownFindings(_ limits: MonitorLimits) async -> [RuleStatement] { [] }
    func tell(_ verdict: WindowStatement) async {}
    func tell(_ step: ReleaseStatement) async {}
    func stop(_ order: StopOrder) async throws(LinkError) {}
    func finish() async throws(LinkError) -> CountersStatement { await account() }
    func goDark() async -> Bool { true }
}
