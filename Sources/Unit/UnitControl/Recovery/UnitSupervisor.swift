public import UnitProtocol
public import UnitTransport

/// Keeps one unit usable: finds it again after it was gone, by serial number and role wherever it is plugged in, and
/// climbs the recovery ladder when it fails. It holds the connection; sessions belong to whoever runs them.
///
/// Recovery is bounded: after the ladder's last step the unit is in quarantine, and everything throws `.quarantined`
/// until `release()`.
public actor UnitSupervisor {
    /// Where a unit stands.
    public enum State: Sendable, Equatable {
        /// Not opened yet, or lost and not yet looked for.
        case absent
        /// Usable as far as is known.
        case usable
        /// A step of the ladder is under way.
        case recovering(RecoveryStep)
        /// Given up, with the error that says so.
        case quarantined(UnitError)
        /// `close()` was called. Final.
        case closed
    }

    /// What a step led to.
    public struct Recovery: Sendable {
        /// The step that helped.
        public var step: RecoveryStep
        /// The unit, usable again. After any step but `newSession` it is dark and has its settings of the start.
        public var unit: Unit
    }

    /// How the unit was named first.
    public nonisolated let selector: UnitSelector
    let finder: any UnitFinder
    let access: Access
    let hostName: String
    let policy: RecoveryPolicy
    let clock: HostClock
    var role: UnitRole?
    var serial: String?
    var ladder: RecoveryLadder
    var unit: Unit?
    /// The line where the unit was has gone, or is another unit's.
    var lineIsLost = false
    /// Counted by transports that are closed.
    var past = TransportCounters()
    /// Whatever opens, closes or replaces `unit`: nothing else does.
    var work: SharedWork?
    private var nextCaller = 0
    private var closing: Task<Void, Never>?
    private var listeners: [Int: AsyncStream<State>.Continuation] = [:]
    private var nextListener = 0

    /// Where the unit stands.
    public internal(set) var state: State {
        didSet {
            guard state != oldValue else { return }
            for listener in listeners.values { listener.yield(state) }
        }
    }

    /// Supervises the unit that `selector` names: one that is open, or, without `unit`, one that is yet to be opened and
    /// has to be of `role` if that is given. Pauses, absence and the units' heartbeats go by `clock`.
    public init(
        _ selector: UnitSelector, adopting unit: Unit? = nil, role: UnitRole? = nil, access: Access = .control,
        hostName: String, finder: any UnitFinder, policy: RecoveryPolicy = RecoveryPolicy(),
        clock: HostClock = .monotonic
    ) {
        self.selector = selector
        self.unit = unit
        self.role = unit?.identity.role ?? role
        serial = unit?.identity.serial
        self.access = unit?.access ?? access
        self.hostName = hostName
        self.finder = finder
        self.policy = policy
        self.clock = clock
        ladder = RecoveryLadder(policy)
        state = unit == nil ? .absent : .usable
    }

    /// Steps since the supervisor was made, the transport's own too.
    public var counters: RecoveryCounters {
        var transport = past
        if let unit { transport.add(unit.transport.counters) }
        var counters = ladder.counters
        counters.resubmissions = transport.resubmissions
        counters.clearedHalts = transport.clearedHalts
        return counters
    }

    /// States from now on; the newest 64 are kept for a slow listener.
    public func states() -> AsyncStream<State> {
        let (states, continuation) = AsyncStream.makeStream(of: State.self, bufferingPolicy: .bufferingNewest(64))
        let number = nextListener
        nextListener += 1
        listeners[number] = continuation
        continuation.onTermination = { [weak self, clock] _ in
            Task(executorPreference: clock.executor) { await self?.forget(number) }
        }
        return states
    }

    private func forget(_ listener: Int) { listeners[listener] = nil }

    // MARK: The unit

    /// The unit, opened first if need be. Waits for one that is not there, at most for `limit`, and for a recovery that is
    /// under way until its end.
    ///
    /// Any number of callers: they share one search. Throws `.quarantined`, `.transport(.notFound)` when the time is over,
    /// and what opening it throws.
    public func unit(within limit: Duration) async throws(UnitError) -> Unit {
        try await share(.opening, until: clock.now + limit) { (self) throws(UnitError) in
            if let unit = self.unit {
                guard case .ended = await unit.phase else { return Recovery(step: .reconnection, unit: unit) }
            }
            return Recovery(step: .reconnection, unit: try await self.connect())
        }.unit
    }

    /// Makes a unit usable again after an error of its stream or its requests: climbs the ladder until a step helps.
    /// Throws the error itself if no step can mend it, `.transport(.notFound)` or `.inBootloader` if the unit stays away,
    /// `.quarantined` at the ladder's end.
    ///
    /// `failed` is the unit that the error came from: if it has been replaced meanwhile, nothing more is done. Callers
    /// share a recovery that is under way, and its end. Whoever runs a session starts a new one afterwards.
    public func recover(_ failed: Unit, after error: UnitError) async throws(UnitError) -> Recovery {
        try refuse()
        if work == nil, let replacement = replacement(of: failed) { return replacement }
        guard let cause = RecoveryCause(error) else { throw error }
        return try await share(.recovery) { (self) throws(UnitError) in
            if let replacement = self.replacement(of: failed) { return replacement }
            return try await self.climb(cause, after: error)
        }
    }

    private func replacement(of failed: Unit) -> Recovery? {
        unit.flatMap { $0 === failed ? nil : Recovery(step: .reconnection, unit: $0) }
    }

    /// A session ran for the policy's steady time: earlier failures are forgotten.
    public func noteSteadySession() { ladder.descend() }

    /// Lifts a quarantine.
    public func release() {
        guard case .quarantined = state else { return }
        ladder.descend()
        state = .absent
    }

    /// Keeps the unit usable while nobody runs a session: recovers when its connection ends or when it answers no
    /// heartbeats. Returns when the task is cancelled; throws when recovery gives up.
    public func keepUsable() async throws(UnitError) {
        do throws(UnitError) {
            while !Task.isCancelled {
                let unit = try await unit(within: policy.absence)
                guard let trouble = await unit.trouble() else { return }
                _ = try await recover(unit, after: trouble)
            }
        } catch {
            guard Task.isCancelled else { throw error }
        }
    }

    /// Ends what is under way, closes the unit, and ends. Idempotent; returns when nothing is open any more.
    public func close() async {
        state = .closed
        let closing = closing ?? Task(executorPreference: clock.executor) { await self.end() }
        self.closing = closing
        await closing.value
    }

    private func end() async {
        if let work {
            work.task.cancel()
            // It may have a unit yet, which is `unit` then.
            await work.task.value
        }
        await closeUnit()
        for listener in listeners.values { listener.finish() }
        listeners = [:]
    }

    private func refuse() throws(UnitError) {
        switch state {
        case .quarantined(let error): throw error
        case .closed: throw .transport(.closed)
        default: break
        }
    }

    // MARK: One piece of work

    /// Callers who wait for the work that is under way.
    var callers: Int { work?.count ?? 0 }

    /// Waits for the work that is under way, or begins it.
    private func share(
        _ kind: SharedWork.Kind, until deadline: HostClock.Instant? = nil,
        _ body: @escaping @Sendable (isolated UnitSupervisor) async throws(UnitError) -> Recovery
    ) async throws(UnitError) -> Recovery {
        while let work, !work.answers(kind) { await work.task.value }
        let number = nextCaller
        nextCaller += 1
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { join(kind, number, deadline, $0, body) }
        } onCancel: { [clock] in
            Task(executorPreference: clock.executor) { await self.leave(number) }
        }
        return try outcome.get()
    }

    /// Looks, begins the work if there is none, and enters the caller: synchronous, so that nobody can come between.
    private func join(
        _ kind: SharedWork.Kind, _ number: Int, _ deadline: HostClock.Instant?,
        _ continuation: CheckedContinuation<SharedWork.Outcome, Never>,
        _ body: @escaping @Sendable (isolated UnitSupervisor) async throws(UnitError) -> Recovery
    ) {
        do throws(UnitError) { try refuse() } catch { return continuation.resume(returning: .failure(error)) }
        if work == nil {
            let task = Task(executorPreference: clock.executor) { await self.carryOut(body) }
            work = SharedWork(kind, task)
        }
        work?.enter(number, until: deadline, continuation)
    }

    private func carryOut(
        _ body: @Sendable (isolated UnitSupervisor) async throws(UnitError) -> Recovery
    ) async {
        do throws(UnitError) { finish(.success(try await body(self))) } catch { finish(.failure(error)) }
    }

    private func leave(_ caller: Int) { work?.leave(caller) }

    private func finish(_ outcome: SharedWork.Outcome) {
        let finished = work.take()
        // Cancelled in the middle of a step.
        if case .recovering = state { state = .absent }
        finished?.answer(state == .closed ? .failure(.transport(.closed)) : outcome)
    }
}
