public import LinkMonitors
internal import QuadratureAnalysis
internal import UnitControl
public import UnitProtocol
internal import UnitTransport

/// An end behind a channel, for its coordinator. Orders go out and are answered one after the other; what comes unasked is
/// kept as the latest. A channel that ends, falls silent or brings what was not agreed on ends it for good, with a reason.
///
/// Whoever lets go of it ends the connection, as `close()` does, and the other side puts its light out.
public actor RemoteEnd: EndPort {
    /// Alice or Bob.
    public nonisolated let role: UnitRole
    private let channel: any LinkChannel
    private let timing: PeerTiming
    private var conversation: Conversation
    private var pending: (expects: LinkMessage.Kind, answer: CheckedContinuation<Answer, Never>)?
    private typealias Answer = Result<LinkMessage, PeerFault>
    private var failure: PeerFault?
    private var heard: HostClock.Instant
    private var tasks: [Task<Void, Never>] = []
    private var proposal: LinkProposal?
    private var acceptance: LinkAcceptance?
    /// What this side makes of both acceptances: the answer to `bind` has to belong to it.
    private var candidate: SessionBinding?
    private var latestAccount = CountersStatement(StreamCounters(), isRunning: false, cause: nil)
    private var latestSums: TrainingStatement?
    private var newDisclosures = DisclosureStatement()
    private var findings: [String: RuleStatement] = [:]
    private var hasEnded = false
    private var asked: UInt64 = 0

    /// The end of a role behind a channel, which is this object's from now on.
    public init(
        _ role: UnitRole, _ channel: any LinkChannel, timing: PeerTiming = PeerTiming(),
        versions: LinkVersions = .current
    ) async {
        conversation = Conversation(versions: versions)
        self.role = role
        self.channel = channel
        self.timing = timing
        heard = timing.clock.now
        (steps, heardStep) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.mostSteps))
        let executor = timing.clock.executor
        // Neither holds this object: a coordinator that has forgotten it must not go on saying that it is there.
        let listening = Task(executorPreference: executor) { [weak self, channel] in
            while true {
                do throws(PeerFault) {
                    let envelope = try await channel.receive()
                    guard let self else { return }
                    try await self.open(envelope)
                } catch {
                    await self?.fail(error)
                    return
                }
            }
        }
        // The channel lasts as long as this task: nothing else holds the other side's light up.
        let beating = Task(executorPreference: executor) { [weak self, channel, timing] in
            repeat {
                do { try await timing.clock.sleep(for: timing.interval) } catch { break }
            } while await self?.beat() ?? false
            await channel.close()
        }
        tasks = [listening, beating]
    }

    deinit { for task in tasks { task.cancel() } }

    /// Ends the connection. The other side puts its light out.
    public func close() async {
        fail(.lost(reason: "closed here"))
        await channel.close()
    }

    /// Why there is no going on; nil while there is.
    public func lost() async -> PeerFault? { failure }

    // MARK: - Orders

    /// Asks for consent.
    public func propose(_ proposal: LinkProposal) async throws(LinkError) -> LinkAcceptance {
        self.proposal = proposal
        guard case .accept(let acceptance) = try await ask(.propose(proposal), expects: .accept, within: .seconds(30))
        else { throw unheard }
        guard proposal.versions.contains(acceptance.version) else {
            fail(.unknownVersion(acceptance.version))
            throw unheard
        }
        conversation.agree(on: acceptance.version)
        self.acceptance = acceptance
        return acceptance
    }

    /// Tells it what both ends said.
    public func bind(_ order: BindOrder) async throws(LinkError) -> SessionBinding {
        guard let proposal else { throw .badPlan("bind comes after propose") }
        let own = role == .alice ? order.alice : order.bob
        guard own == acceptance else { throw .badPlan("bind comes with what the end has accepted") }
        let expected = SessionBinding(proposal, alice: order.alice, bob: order.bob)
        candidate = expected
        guard case .bound(let binding) = try await ask(.bind(order), expects: .bound, within: .seconds(30))
        else { throw unheard }
        guard binding == expected else {
            fail(.lied("it makes another session of what was agreed"))
            throw unheard
        }
        return binding
    }

    /// A step before the session.
    public func prepare(_ order: PrepareOrder) async throws(LinkError) -> PrepareResult {
        var limit = Duration.seconds(120)
        if case .lightUp(let seconds) = order { limit = .seconds(min(max(0, seconds), 172_810) + 10) }
        guard case .prepared(let result) = try await ask(.prepare(order), expects: .prepared, within: limit) else {
            throw unheard
        }
        if case .electronicNoise(let moments) = result {
            if let contradiction = moments.contradiction(of: acceptance?.facts.detection) {
                fail(.lied("its electronic noise is \(contradiction)"))
                throw unheard
            }
        }
        return result
    }

    /// Begins the session.
    public func start() async throws(LinkError) -> StartResult {
        guard case .started(let result) = try await ask(.start, expects: .started, within: .seconds(15)) else {
            throw unheard
        }
        guard result.session == conversation.binding?.session else {
            fail(.lied("it started session \(result.session)"))
            throw unheard
        }
        guard role == .bob || (result.sampleScale.isFinite && result.sampleScale > 0) else {
            fail(.lied("a step of Alice's words is \(result.sampleScale) √SNU"))
            throw unheard
        }
        return result
    }

    /// Tells it how the other end began.
    public func peerStarted(_ result: StartResult) async { say(.started(result)) }

    /// The latest account that came.
    public func account() async -> CountersStatement {
        var account = latestAccount
        if failure != nil { account.isRunning = false }
        return account
    }

    /// The latest sums that came.
    public func sums() async -> TrainingStatement? { latestSums }

    /// Training frames that came since the last call.
    public func disclosures() async -> DisclosureStatement {
        defer { newDisclosures = DisclosureStatement() }
        return newDisclosures
    }

    /// Tells it what the other unit marked.
    public func mark(_ runs: DisclosureStatement) async {
        if !runs.frames.isEmpty || runs.unchecked > 0 { say(.disclosure(runs)) }
    }

    /// What it found since the last call, by limits of its own: of each rule the worst.
    public func ownFindings(_ limits: MonitorLimits) async -> [RuleStatement] {
        defer { findings = [:] }
        return Array(findings.values)
    }

    /// Tells it what the monitors found.
    public func tell(_ verdict: WindowStatement) async { say(.windowVerdict(verdict)) }

    /// Tells it a step of the release of a window.
    public func tell(_ step: ReleaseStatement) async { say(.release(step)) }

    /// Steps of the release of windows that come from it, for one listener; ends with the channel. A listener that leaves
    /// more than `mostSteps` unheard ends the conversation.
    public nonisolated let steps: AsyncStream<ReleaseStatement>
    private let heardStep: AsyncStream<ReleaseStatement>.Continuation
    private static let mostSteps = 256

    /// Asks it to end the session.
    public func stop(_ order: StopOrder) async throws(LinkError) {
        _ = try await ask(.stop(order), expects: .stopping, within: .seconds(15))
    }

    /// Waits until its stream is read to the end.
    public func finish() async throws(LinkError) -> CountersStatement {
        let deadline = timing.clock.now + .seconds(15)
        while !hasEnded, failure == nil {
            do { try await timing.clock.sleep(for: .milliseconds(10)) } catch { break }
            if timing.clock.now > deadline { fail(.silent(milliseconds: 15_000)) }
        }
        if let failure { throw .peer(role, failure) }
        return latestAccount
    }

    /// Light out. False if it does not say that it is.
    public func goDark() async -> Bool {
        // An order that is under way is not waited for: without the channel the other side puts its light out by itself.
        guard pending == nil else {
            fail(.lost(reason: "its light is to go out"))
            return false
        }
        return if case .dark(true) = try? await ask(.goDark, expects: .dark, within: .seconds(10)) { true } else {
            false
        }
    }

    // MARK: - Conversation

    private var unheard: LinkError { .peer(role, failure ?? .lost(reason: "closed here")) }

    private func ask(
        _ message: LinkMessage, expects kind: LinkMessage.Kind, within limit: Duration
    ) async throws(LinkError) -> LinkMessage {
        if let failure { throw .peer(role, failure) }
        guard pending == nil else { throw .badPlan("an end is asked one thing at a time") }
        let envelope = conversation.envelope(message)
        asked += 1
        // An answer that never comes must not hold up whoever wants the light out.
        let watch = Task(executorPreference: timing.clock.executor) { [number = asked, clock = timing.clock] in
            do { try await clock.sleep(for: limit) } catch { return }
            await self.expire(number, limit)
        }
        defer { watch.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                pending = (kind, continuation)
                send(envelope)
            }
        } onCancel: {
            Task(executorPreference: timing.clock.executor) { await self.fail(.lost(reason: "cancelled here")) }
        }
        switch result {
        case .success(let answer): return answer
        case .failure(.fault(let fault)) where fault.kind == FaultStatement.refused:
            throw .refused(role, reason: fault.text)
        case .failure(let fault): throw .peer(role, fault)
        }
    }

    private func expire(_ number: UInt64, _ limit: Duration) {
        guard number == asked, pending != nil else { return }
        fail(.silent(milliseconds: limit.wholeMilliseconds))
    }

    private func say(_ message: LinkMessage) {
        guard failure == nil else { return }
        send(conversation.envelope(message))
    }

    private func send(_ envelope: LinkEnvelope) {
        do throws(PeerFault) { try channel.send(envelope) } catch { fail(error) }
    }

    private func fail(_ fault: PeerFault) {
        guard failure == nil else { return }
        failure = fault
        heardStep.finish()
        // The channel goes with them, and the other side puts its light out.
        for task in tasks { task.cancel() }
        answer(.failure(fault))
    }

    private func answer(_ result: Answer) {
        let waiting = pending
        pending = nil
        waiting?.answer.resume(returning: result)
    }

    private func open(_ envelope: LinkEnvelope) throws(PeerFault) {
        guard failure == nil else { return }
        try receive(try conversation.open(envelope, candidate: candidate))
    }

    /// Takes what came. Nothing of it is believed that cannot be.
    private func receive(_ message: LinkMessage) throws(PeerFault) {
        heard = timing.clock.now
        switch message {
        case .counters(let account): try note(account)
        case .ended(let account):
            try note(account)
            latestAccount.isRunning = false
            hasEnded = true
        case .trainingSums(let sums):
            guard role == .bob, sums.isPlausible, sums.training.detection == acceptance?.facts.detection else {
                throw .lied("these are not the sums of training samples")
            }
            latestSums = sums
        case .disclosure(let statement):
            newDisclosures.frames += statement.frames
            newDisclosures.unchecked &+= statement.unchecked
            let excess = newDisclosures.frames.count - DisclosureCheck.depth
            if excess > 0 {
                newDisclosures.frames.removeFirst(excess)
                newDisclosures.unchecked &+= UInt64(excess)
            }
        case .windowVerdict(let verdict):
            for found in verdict.rules where MonitorRule(rawValue: found.rule) != nil {
                if let known = findings[found.rule], known.severity > found.severity { continue }
                findings[found.rule] = found
            }
        case .release(let step):
            guard step.bytes.count <= ReleaseStatement.longest else { throw .lied("a step of a release is too long") }
            if case .dropped = heardStep.yield(step) { throw .lied("it says more about releases than can be heard") }
        case .alive: break
        case .fault(let fault):
            // A refusal answers an order; the session of an end that was running is over.
            guard pending != nil else { throw .fault(fault) }
            answer(.failure(.fault(fault)))
        default:
            guard pending?.expects == message.kind else {
                throw .outOfOrder(message: message.name, state: "waiting for nothing of the kind")
            }
            if message.kind == .started { latestAccount.isRunning = true }
            answer(.success(message))
        }
    }

    private func note(_ account: CountersStatement) throws(PeerFault) {
        guard !hasEnded, let counters = account.counters, counters.nextSymbol >= latestAccount.counters?.nextSymbol ?? 0
        else {
            throw .lied("its account contradicts itself or goes backwards")
        }
        latestAccount = account
    }

    /// Says that this side is there; false when there is nobody to say it to any more.
    private func beat() -> Bool {
        guard failure == nil else { return false }
        let silence = timing.clock.now - heard
        if silence > timing.limit {
            fail(.silent(milliseconds: silence.wholeMilliseconds))
        } else if pending?.expects != .bound {
            // Which session a message belongs to is open while the ends are being bound.
            say(.alive)
        }
        return failure == nil
    }
}
