public import LinkMonitors
internal import UnitControl
internal import UnitTransport

/// Serves one end to a coordinator behind a channel: one session, and then it is over. Whatever ends it, the unit's light
/// is put out by command.
public actor EndService {
    /// How a session that was served ended.
    public enum Ending: Sendable, Equatable {
        /// The coordinator ended it in order.
        case ended
        /// The channel, or what came through it.
        case peer(PeerFault)
        /// This end's own unit.
        case unit(LinkError)
        /// Somebody here ended it.
        case cancelled
    }

    private let end: LinkEnd
    private let channel: any LinkChannel
    private let timing: PeerTiming
    private let limits: MonitorLimits
    private var conversation: Conversation
    private var state = EndState.idle
    private var heard: HostClock.Instant
    private var order: Task<Void, Never>?
    /// What was told unasked and is being looked at.
    private var notice: Task<Void, Never>?
    private var ending: Ending?
    private var waiter: CheckedContinuation<Void, Never>?
    /// Told the coordinator's verdicts and the other end's account, as they come.
    private let tell: @Sendable (LinkMessage) async -> Void
    /// Messages that came unasked and are not looked at yet.
    private var notices = 0
    private static let mostNotices = 256

    /// Serves an end. `notices` is told what the coordinator tells unasked.
    public init(
        _ end: LinkEnd, _ channel: any LinkChannel, timing: PeerTiming = PeerTiming(),
        limits: MonitorLimits = MonitorLimits(blockSeconds: 1),
        notices: @escaping @Sendable (LinkMessage) async -> Void = { _ in }
    ) {
        self.end = end
        conversation = Conversation(versions: end.versions)
        self.channel = channel
        self.timing = timing
        self.limits = limits
        tell = notices
        heard = timing.clock.now
    }

    /// Serves until it is over: how, and how long the unit took to confirm that it is dark, nil if it did not.
    public func serve() async -> (ending: Ending, timeToDark: Duration?) {
        let executor = timing.clock.executor
        let tasks = [
            Task(executorPreference: executor) { await self.listen() },
            Task(executorPreference: executor) { await self.report() },
        ]
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if ending != nil { continuation.resume() } else { waiter = continuation }
            }
        } onCancel: {
            Task(executorPreference: executor) { await self.over(.cancelled) }
        }
        let noticed = timing.clock.now
        sayWhy()
        // The light first: by command, at once. What else is left in the unit is put in order behind it.
        let (end, order) = (end, order)
        order?.cancel()
        var isDark = await Task(executorPreference: executor) { await end.goDark() }.value
        if let order {
            // An order that was under way may have switched something on since.
            await order.value
            isDark = await Task(executorPreference: executor) { await end.goDark() }.value
        }
        let timeToDark = timing.clock.now - noticed
        await Task(executorPreference: executor) {
            try? await end.stop(StopOrder(follows: false))
            _ = try? await end.finish()
        }.value
        await notice?.value
        for task in tasks { task.cancel() }
        await channel.close()
        return (ending ?? .ended, isDark ? timeToDark : nil)
    }

    /// Tells the coordinator why it is over, if he does not know.
    private func sayWhy() {
        switch ending {
        case .unit(let error): say(.fault(FaultStatement(kind: "unit", text: error.description)))
        case .peer(let fault) where fault.isOurs:
            say(.fault(FaultStatement(kind: fault.kind, text: fault.description)))
        case .cancelled: say(.fault(FaultStatement(kind: "cancelled", text: "it was ended there")))
        default: break
        }
    }

    private func over(_ how: Ending) {
        guard ending == nil else { return }
        ending = how
        waiter?.resume()
        waiter = nil
    }

    // MARK: - What comes

    private func listen() async {
        while ending == nil {
            do throws(PeerFault) {
                let envelope = try await channel.receive()
                try receive(try conversation.open(envelope))
            } catch {
                // A coordinator that is done closes the channel.
                over(state == .dark ? .ended : .peer(error))
            }
        }
    }

    private func receive(_ message: LinkMessage) throws(PeerFault) {
        heard = timing.clock.now
        switch message {
        case .alive: return
        case .counters, .windowVerdict, .release, .started, .disclosure:
            guard state.isBound, notices < Self.mostNotices else {
                throw .outOfOrder(message: message.name, state: state.isBound ? "behind with others" : state.name)
            }
            notices += 1
            // One after the other: marks come in the order of symbols.
            notice = Task(executorPreference: timing.clock.executor) { [before = notice, end, tell] in
                await before?.value
                if case .started(let result) = message { await end.peerStarted(result) }
                if case .disclosure(let runs) = message { await end.mark(runs) }
                await tell(message)
                await self.noticed()
            }
            return
        case .fault(let fault): throw .fault(fault)
        default: break
        }
        guard order == nil, let next = state.after(message) else {
            throw .outOfOrder(message: message.name, state: order == nil ? state.name : "at work on another order")
        }
        order = Task(executorPreference: timing.clock.executor) { await self.perform(message, then: next) }
    }

    private func noticed() { notices -= 1 }

    private func perform(_ message: LinkMessage, then next: EndState) async {
        do throws(LinkError) {
            let answer = try await answer(message)
            // The stream may have come to its end meanwhile.
            if state != .ended || next == .dark { state = next }
            say(answer)
        } catch {
            if case .refused(_, let reason) = error {
                say(.fault(FaultStatement(kind: FaultStatement.refused, text: reason)))
            } else if case .badPlan(let reason) = error {
                say(.fault(FaultStatement(kind: "badPlan", text: reason)))
            } else {
                over(.unit(error))
            }
        }
        order = nil
    }

    private func answer(_ message: LinkMessage) async throws(LinkError) -> LinkMessage {
        switch message {
        case .propose(let proposal):
            let acceptance = try await end.propose(proposal)
            conversation.agree(on: acceptance.version)
            return .accept(acceptance)
        case .bind(let bindOrder):
            let binding = try await end.bind(bindOrder)
            // The answer already belongs to the session.
            conversation.bind(to: binding)
            return .bound(binding)
        case .prepare(let prepareOrder): return .prepared(try await end.prepare(prepareOrder))
        case .start: return .started(try await end.start())
        case .stop(let stopOrder):
            try await end.stop(stopOrder)
            return .stopping
        case .goDark: return .dark(await end.goDark())
        default: throw .badPlan("\(message.name) is not an order")
        }
    }

    // MARK: - What is said unasked

    private func report() async {
        var finishing = false
        var rounds = 0
        while ending == nil {
            do { try await timing.clock.sleep(for: state.isStreaming ? LinkSession.interval : timing.interval) } catch {
                return
            }
            let silence = timing.clock.now - heard
            // Which session a message belongs to is open while the ends are being bound, and the coordinator says nothing.
            let isBinding = state == .accepted && order != nil
            if silence > timing.limit, state != .idle, !isBinding {
                over(.peer(.silent(milliseconds: silence.wholeMilliseconds)))
                return
            }
            guard state.isStreaming else {
                say(.alive)
                continue
            }
            rounds += 1
            await tellProgress(judges: rounds % Self.roundsOfWindow == 0)
            // Not before the coordinator says so: what the other unit marked comes before that.
            if state == .stopping, !finishing, order == nil {
                finishing = true
                await notice?.value
                await finish()
            }
        }
    }

    /// A window of words lasts a second, for which the limits are made.
    private static let roundsOfWindow = 10

    private func tellProgress(judges: Bool) async {
        let frames = await end.disclosures()
        if !frames.frames.isEmpty || frames.unchecked > 0 { say(.disclosure(frames)) }
        let rules = judges ? await end.ownFindings(limits).map(\.coarse) : []
        if !rules.isEmpty { say(.windowVerdict(WindowStatement(index: 0, action: "none", rules: rules))) }
        if let sums = await end.sums() { say(.trainingSums(sums)) }
        say(.counters(await end.account()))
    }

    /// The stream is over: by order, by the unit itself, or by a failure.
    private func finish() async {
        do throws(LinkError) {
            let account = try await end.finish()
            await tellProgress(judges: true)
            say(.ended(account))
            if state != .dark { state = .ended }
        } catch {
            over(.unit(error))
        }
    }

    /// Tells the coordinator a step of the release of a window.
    public func tell(_ step: ReleaseStatement) { if ending == nil { say(.release(step)) } }

    private func say(_ message: LinkMessage) {
        let envelope = conversation.envelope(message)
        do throws(PeerFault) { try channel.send(envelope) } catch { over(.peer(error)) }
    }
}

extension PeerFault {
    /// Whether this end found it and the other does not know yet.
    fileprivate var isOurs: Bool {
        switch self {
        case .lost, .silent, .fault: false
        default: true
        }
    }
}

/// Where an end stands, as far as its orders depend on it.
enum EndState: Equatable {
    /// Left by `propose`.
    case idle
    /// Left by `bind`.
    case accepted
    /// Left by `start`, and by `goDark`.
    case bound
    /// Left by `stop`, and by `goDark`.
    case streaming
    /// Left when the stream is read to its end.
    case stopping
    /// The stream is over. Left by `goDark`.
    case ended
    /// Nothing more.
    case dark

    /// Whether messages belong to a session.
    var isBound: Bool { self != .idle && self != .accepted }

    /// Whether a stream is being read.
    var isStreaming: Bool { self == .streaming || self == .stopping }

    var name: String { "\(self)" }

    /// Where an order leads; nil for one that has no place here.
    func after(_ message: LinkMessage) -> EndState? {
        switch (self, message) {
        case (.idle, .propose): .accepted
        case (.accepted, .bind): .bound
        case (.bound, .prepare): .bound
        case (.bound, .start): .streaming
        case (.streaming, .stop), (.stopping, .stop): .stopping
        case (.ended, .stop): .ended
        case (.accepted, .goDark), (.bound, .goDark), (.streaming, .goDark), (.stopping, .goDark), (.ended, .goDark):
            .dark
        default: nil
        }
    }
}
