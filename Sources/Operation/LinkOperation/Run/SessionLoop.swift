public import LinkControl
public import LinkMonitors
public import QuadratureAnalysis
public import UnitControl
internal import UnitProtocol

/// The course of one session from its first symbol to its verdict. A value: what happens goes in, what is to be done comes
/// out. It knows no unit, no clock and no terminal.
public struct SessionLoop: Sendable {
    /// What happens.
    public enum Event: Sendable {
        /// A moment of the running session: time since its start, and its estimate.
        case moment(elapsed: Duration, health: LinkHealth?)
        /// Somebody asks for the end.
        case endRequested
        /// A monitor's alarm whose action is to stop.
        case alarm(RuleJudgement)
        /// Key may not be made any more.
        case permissionEnded(KeyPermissionState.Ending)
        /// A session of purpose key shows nothing that key could rest on.
        case evidenceEnded(KeyEvidence.Lack)
        /// This program sent no heartbeats for too long, and the units went dark.
        case paused(HostPause)
        /// Streaming failed.
        case failed(LinkError)
        /// What the last report shows to be wrong; to be told before `streamsEnded`.
        case judged(fault: LinkError?, alice: StreamCounters, bob: StreamCounters)
        /// The streams have ended, with what the units say: it counts if nothing else stopped them.
        case streamsEnded(SessionEnding.Desertion)
        /// Lights are out, but for these units, which do not confirm it.
        case dark(silent: [UnitIdentity])
    }

    /// What is to be done.
    public enum Action: Sendable, Equatable {
        /// Go on.
        case goOn
        /// Stop the streams, in order.
        case stop
    }

    private let duration: Duration?
    private let precision: PrecisionGoal?
    private var isStreaming = true
    private var endings: [SessionEnding] = []

    /// A session of a run. `before` is what earlier sessions have had of its duration.
    public init(_ request: LinkRequest, before: Duration = .zero) {
        duration = request.duration.map { $0 - before }
        precision = request.precision
    }

    /// What stopped the streams; nil while they run.
    public private(set) var stoppedBy: SessionEnding?

    /// What is wrong with the session; nil if it ended as it was wished. Of several things the one that counts most.
    public var failure: SessionEnding? { strongest { !$0.isAsWished } }

    /// How much of the duration is left, if there is one.
    public func left(after elapsed: Duration) -> Duration? { duration.map { max(.zero, $0 - elapsed) } }

    /// Takes what happened. Says `stop` once there is a reason to, and from then on.
    @discardableResult public mutating func handle(_ event: Event) -> Action {
        switch event {
        case .moment(let elapsed, let health): look(elapsed, health)
        case .endRequested: endings.append(.request)
        case .alarm(let judgement): endings.append(.alarm(judgement))
        case .permissionEnded(let ending): endings.append(.permission(ending))
        case .evidenceEnded(let lack): endings.append(.unevidenced(lack))
        case .paused(let pause):
            if !endings.contains(where: { $0.kind == .paused }) { fail(.paused(pause)) }
        case .failed(let error):
            isStreaming = false
            // Units that went dark fail in many ways, and this program's pause is the one cause.
            if case .unit(_, .heartbeatsMissed(let pause)) = error { return handle(.paused(pause)) }
            fail(.failed(error))
        case .judged(let fault, let alice, let bob): judge(fault, alice, bob)
        case .streamsEnded(let desertion):
            // Units that stop because they were told to desert nobody.
            if stoppedBy == nil { endings.append(.deserted(desertion)) }
            isStreaming = false
        case .dark(let silent): if !silent.isEmpty { endings.append(.silence(silent)) }
        }
        stoppedBy = stoppedBy ?? strongest(\.stopsTheStream)
        return isStreaming && stoppedBy == nil ? .goOn : .stop
    }

    /// It did not end as it was about to, unless it was to end for what forbids its use, or for what explains the failure.
    private mutating func fail(_ ending: SessionEnding) {
        endings.append(ending)
        if stoppedBy?.kind.forbidsUse != true, stoppedBy?.kind != .paused { stoppedBy = ending }
    }

    private mutating func look(_ elapsed: Duration, _ health: LinkHealth?) {
        if let duration, elapsed >= duration { endings.append(.duration) }
        if let precision, precision.isReached(by: health) { endings.append(.precision) }
    }

    private mutating func judge(_ fault: LinkError?, _ alice: StreamCounters, _ bob: StreamCounters) {
        if let fault { endings.append(SessionEnding(fault: fault)) }
        for (role, counters) in [(UnitRole.alice, alice), (.bob, bob)] where !counters.isConserved {
            endings.append(.account(role, counters))
        }
    }

    private func strongest(_ isMeant: (SessionEnding.Kind) -> Bool) -> SessionEnding? {
        endings.filter { isMeant($0.kind) }.min { $0.kind.rawValue < $1.kind.rawValue }
    }
}
