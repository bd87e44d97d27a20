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
    private let finder: any UnitFinder
    private let access: Access
    private let hostName: String
    private let policy: RecoveryPolicy
    private let clock: HostClock
    private var role: UnitRole?
    private var serial: String?
    private var ladder: RecoveryLadder
    private var unit: Unit?
    /// Counted by transports that are closed.
    private var past = TransportCounters()
    private var work: Task<Result<Recovery, UnitError>, Never>?
    private var listeners: [Int: AsyncStream<State>.Continuation] = [:]
    private var nextListener = 0

    /// Where the unit stands.
    public private(set) var state: State {
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

    /// The unit, opened first if need be. Waits for one that is not there, at most for `limit`.
    ///
    /// Throws `.quarantined`, `.transport(.notFound)` when the time is over, and what opening it throws.
    public func unit(within limit: Duration) async throws(UnitError) -> Unit {
        while let work { _ = await work.value }
        try refuse()
        if let unit {
            guard case .ended = await unit.phase else { return unit }
        }
        return try await perform { (self) throws(UnitError) in
            Recovery(step: .reconnection, unit: try await self.connect(within: limit))
        }.unit
    }

    /// Makes a unit usable again after an error of its stream or its requests: climbs the ladder until a step helps.
    /// Throws the error itself if no step can mend it, `.transport(.notFound)` or `.inBootloader` if the unit stays away,
    /// `.quarantined` at the ladder's end.
    ///
    /// `failed` is the unit that the error came from: if it has been replaced meanwhile, nothing more is done. Whoever
    /// runs a session starts a new one afterwards.
    public func recover(_ failed: Unit, after error: UnitError) async throws(UnitError) -> Recovery {
        while let work { _ = await work.value }
        try refuse()
        if let unit, unit !== failed { return Recovery(step: .reconnection, unit: unit) }
        guard let cause = RecoveryCause(error) else { throw error }
        return try await perform { (self) throws(UnitError) in try await self.climb(cause, after: error) }
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
        while !Task.isCancelled {
            let unit = try await unit(within: policy.absence)
            guard let trouble = await unit.trouble() else { return }
            _ = try await recover(unit, after: trouble)
        }
    }

    /// Closes the unit and ends. Idempotent.
    public func close() async {
        state = .closed
        while let work {
            work.cancel()
            _ = await work.value
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

    /// One piece of work at a time; others wait for its end.
    private func perform(
        _ body: @escaping @Sendable (isolated UnitSupervisor) async throws(UnitError) -> Recovery
    ) async throws(UnitError) -> Recovery {
        let task = Task(executorPreference: clock.executor) { await self.carryOut(body) }
        work = task
        // The caller's cancellation reaches the work, which nobody else would end.
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        return try result.get()
    }

    private func carryOut(
        _ body: @Sendable (isolated UnitSupervisor) async throws(UnitError) -> Recovery
    ) async -> Result<Recovery, UnitError> {
        // Ended by itself, not by its caller: whoever waits for it must find it gone.
        defer { work = nil }
        do throws(UnitError) { return .success(try await body(self)) } catch { return .failure(error) }
    }

    // MARK: The ladder

    private func climb(_ cause: RecoveryCause, after error: UnitError) async throws(UnitError) -> Recovery {
        var (cause, error) = (cause, error)
        var steps = 0
        while true {
            let (step, pause) = ladder.climb(cause)
            steps += 1
            if step == .quarantine { throw await quarantine(after: steps, error) }
            enter(.recovering(step))
            do { try await clock.sleep(for: pause) } catch { throw .cancelled }
            do throws(UnitError) {
                let unit = try await take(step)
                return Recovery(step: step, unit: unit)
            } catch let failure {
                // A unit that stayed away for as long as it may is absent, not broken.
                guard let next = RecoveryCause(failure), step == .newSession || !failure.isAbsence else {
                    enter(.absent)
                    throw failure
                }
                (cause, error) = (next, failure)
            }
        }
    }

    private func take(_ step: RecoveryStep) async throws(UnitError) -> Unit {
        switch step {
        case .newSession:
            guard let unit else { throw .transport(.closed) }
            try await unit.endSession()
            enter(.usable)
            return unit
        case .reset:
            // Behind a serial line first: closing it waits for what the unit does not take, 30 s on CDC-ACM.
            let isSerial = unit?.transport.endpoint.kind == .serial
            if !isSerial { await closeUnit() }
            _ = try await finder.reset(serial.map { .anywhere(serial: $0) } ?? selector)
            await closeUnit()
        case .reconnection, .quarantine:
            await closeUnit()
        }
        return try await connect(within: policy.absence)
    }

    private func quarantine(after steps: Int, _ error: UnitError) async -> UnitError {
        await closeUnit()
        let verdict = UnitError.quarantined(
            serial: serial ?? selector.description, steps: steps, last: error.description)
        enter(.quarantined(verdict))
        return verdict
    }

    private func enter(_ next: State) {
        if state != .closed { state = next }
    }

    private func closeUnit() async {
        guard let closing = unit else { return }
        unit = nil
        await closing.close()
        past.add(closing.transport.counters)
    }

    // MARK: Opening

    /// A line's path can belong to another unit, or to none, when the unit comes back: then the serial number finds it.
    private var selectorNow: UnitSelector {
        guard case .serial = selector, let serial, lineIsLost else { return selector }
        return .anywhere(serial: serial)
    }
    private var lineIsLost = false

    private func connect(within limit: Duration) async throws(UnitError) -> Unit {
        await closeUnit()
        let deadline = clock.now + limit
        var patience = Patience()
        var pause: Duration = .milliseconds(50)
        while true {
            do throws(UnitError) {
                let opened = try await Unit.connect(
                    try await finder.open(selectorNow), access: access, hostName: hostName, serial: serial,
                    clock: clock)
                if let role, opened.identity.role != role {
                    await opened.close()
                    throw .wrongRole(needed: role, found: opened.identity.role, serial: opened.identity.serial)
                }
                (serial, role, unit) = (opened.identity.serial, opened.identity.role, opened)
                lineIsLost = false
                enter(.usable)
                return opened
            } catch {
                if case .serial = selector, serial != nil, error.isMisplaced { lineIsLost.toggle() }
                let now = clock.now
                guard patience.accepts(error, now: now), now < deadline, !Task.isCancelled, state != .closed else {
                    enter(.absent)
                    throw Task.isCancelled ? .cancelled : error
                }
            }
            // Looking costs a walk through sysfs: less and less often, for a unit that stays away.
            try? await clock.sleep(until: min(clock.now + pause, deadline))
            pause = min(pause * 2, .milliseconds(500))
        }
    }
}

/// How long which refusals are waited out while a unit comes back.
private struct Patience {
    /// udev's rules need a moment for the group, another program for a look, a unit for its time-out of heartbeats.
    static let refusals: Duration = .seconds(5)
    private var refusedSince: HostClock.Instant?

    mutating func accepts(_ error: UnitError, now: HostClock.Instant) -> Bool {
        if error.isAbsence {
            refusedSince = nil
            return true
        }
        switch error {
        case .transport(.noPermission), .transport(.busy), .controlledElsewhere, .wrongSerialNumber:
            let since = refusedSince ?? now
            refusedSince = since
            return now - since < Self.refusals
        default: return false
        }
    }
}

extension UnitError {
    /// The unit is not there, or only its bootloader is.
    fileprivate var isAbsence: Bool {
        switch self {
        case .transport(.notFound), .transport(.gone), .inBootloader: true
        default: false
        }
    }

    /// The path leads nowhere, or to another unit.
    fileprivate var isMisplaced: Bool {
        switch self {
        case .wrongSerialNumber, .transport(.notFound): true
        default: false
        }
    }
}
