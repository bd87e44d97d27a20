public import UnitProtocol
internal import UnitTransport

/// The stream of one link session of one unit. One task reads it and owns the account meanwhile; the counters that it
/// publishes after each transfer may be looked at from anywhere.
public final class UnitStream: Sendable {
    /// What was asked.
    public let plan: StreamPlan
    /// What the unit answered.
    public let started: StreamStarted

    /// A session that is running and sends nothing for this long is taken to be stalled.
    public static let stallTimeout: Duration = .seconds(5)

    /// When the unit has told its final count, the end frame comes within this time, or it was lost.
    static let endTimeout: Duration = .seconds(1)

    private struct State {
        var counters = StreamCounters()
        var failure: UnitError?
        var cause: StateCause?
        var ended = false
        var blocks: UInt64 = 0
        var blocksSeen: UInt64 = 0
        /// Since when nothing has come although the reader waits; nil until somebody has looked.
        var silentSince: HostClock.Instant?
        var waiting = false
        var final: StreamStopped?
        /// Why what the unit said of its end cannot be; nil if it can, or if it said nothing.
        var finalFault: String?
        /// What the end frame says; nil until it has come.
        var end: (number: UInt32, dropped: UInt64)?
        /// The account, between two transfers; the reader has it while it works on one.
        var parked: StreamAccounting?
        /// The final count is to be taken as soon as the reader has worked off what it holds.
        var settles = false
        /// What that count declared missing.
        var lastGap: StreamGap?
        /// The consumer knows that it is over, or nobody reads on.
        var hasTold = false

        /// The account; of a stream that nobody reads to its end, with the remark that this is so.
        var account: StreamCounters {
            var account = counters
            if !ended, failure != nil { account.ending = .unknown }
            return account
        }
    }

    private let transport: any UnitTransport
    private let clock: HostClock
    private let begun: HostClock.Instant
    private let state = Guarded(State())

    private var executor: (any HostExecutor)? { clock.executor }

    /// `since` is when StartStream was sent: the unit has taken no symbol before.
    init(
        plan: StreamPlan, started: StreamStarted, since begun: HostClock.Instant, transport: any UnitTransport,
        clock: HostClock
    ) {
        self.plan = plan
        self.started = started
        self.transport = transport
        self.clock = clock
        self.begun = begun
        let accounting = StreamAccounting(
            session: plan.session, purpose: plan.purpose, symbolsPerFrame: plan.symbolsPerFrame,
            sampleFormat: started.sampleFormat)
        state.withLock { $0.parked = accounting }
    }

    /// The account up to the last block that was read.
    public var counters: StreamCounters { state.withLock { $0.account } }

    /// Why the unit ended the session by itself, if it did.
    public var endCause: StateCause? { state.withLock { $0.cause } }

    /// Whether neither the end frame nor a failure has come.
    public var isRunning: Bool { state.withLock { !$0.ended && $0.failure == nil } }

    /// Whether the reader waits, and nothing has come since the watchdog last looked.
    var isSilent: Bool { state.withLock { $0.waiting && $0.blocks == $0.blocksSeen } }

    /// Reads to the end of the session, transfer by transfer, into `consumer`, which this task owns meanwhile.
    ///
    /// A reading that fails asks `finalCount` for the unit's own, which whoever holds the unit gets by ending the session:
    /// the consumer is told then what it misses. Without one, what the unit sent after the last transfer is unknown.
    ///
    /// Throws what `read(into:)` throws; what was counted before stays valid.
    public func readAll<Consumer: StreamConsumer>(
        into consumer: inout Consumer, finalCount: () async -> StreamStopped? = { nil }
    ) async throws(UnitError) {
        do throws(UnitError) {
            while try await next(into: &consumer) {}
        } catch {
            giveUp(error)
            if let stopped = await finalCount() { settle(stopped) }
            tellEnd(&consumer)
            throw error
        }
    }

    /// Reads the next transfer and shows its good frames in place to `consumer`. Returns false after the end frame.
    /// Suspends until a transfer comes, and as long as the consumer has no room. Nothing of it runs under a lock.
    ///
    /// Throws `.streamStalled`, `.sessionEnded` if the unit ended the session without an end frame, `.transport(.gone)`,
    /// `.cancelled` and `.consumerFailed`; what was counted before stays valid, and nobody reads on.
    public func read<Consumer: StreamConsumer>(into consumer: inout Consumer) async throws(UnitError) -> Bool {
        do throws(UnitError) { return try await next(into: &consumer) } catch {
            giveUp(error)
            tellEnd(&consumer)
            throw error
        }
    }

    private func next<Consumer: StreamConsumer>(into consumer: inout Consumer) async throws(UnitError) -> Bool {
        if isOver(&consumer) { return false }
        guard let transfer = try await receive() else { return !isOver(&consumer) }
        try work(on: transfer, into: &consumer)
        do throws(ConsumerFailure) {
            try await consumer.betweenTransfers(counters)
        } catch {
            throw ended(by: error)
        }
        return !isOver(&consumer)
    }

    /// Whoever watches the stream sees that it does not run any more.
    private func giveUp(_ error: UnitError) {
        state.withLock { state in
            if !state.ended, state.failure == nil { state.failure = error }
        }
    }

    /// The next transfer; nil if the session is over and settled meanwhile.
    private func receive() async throws(UnitError) -> StreamBlock? {
        // A consumer that was told of the end is told nothing more.
        let past = state.withLock { state in
            state.waiting = !state.hasTold
            return state.hasTold ? state.failure : nil
        }
        if let past { throw past }
        do throws(TransportError) {
            let transfer = try await transport.receiveStream()
            state.withLock { $0.waiting = false }
            return transfer
        } catch {
            let (ended, failure) = state.withLock { state in
                state.waiting = false
                return (state.ended, state.failure)
            }
            if ended { return nil }
            throw failure ?? (error == .cancelled ? .cancelled : .transport(error))
        }
    }

    /// The account is the reader's while it works on a transfer, so that nobody waits for a lock behind the consumer.
    private func work<Consumer: StreamConsumer>(
        on transfer: borrowing StreamBlock, into consumer: inout Consumer
    ) throws(UnitError) {
        guard var accounting = state.withLock({ $0.parked.take() }) else {
            preconditionFailure("one task reads a stream")
        }
        defer { publish(accounting) }
        accounting.reach = reach
        do throws(ConsumerFailure) {
            try accounting.accept(transfer.bytes, stride: transfer.stride, into: &consumer)
        } catch {
            throw ended(by: error)
        }
    }

    /// Nobody reads on: whoever watches the stream sees that it does not run any more.
    private func ended(by failure: ConsumerFailure) -> UnitError {
        fail(.consumerFailed(failure))
        return .consumerFailed(failure)
    }

    /// Reads the next transfer and shows its good frames in place to `visit`: see `read(into:)`.
    public func read(_ visit: @escaping (StreamFrame, RawSpan) -> Void) async throws(UnitError) -> Bool {
        var visitor = FrameVisitor(visit)
        return try await read(into: &visitor)
    }

    private func publish(_ accounting: StreamAccounting) {
        state.withLock { state in
            state.parked = accounting
            state.counters = accounting.counters
            state.ended = accounting.hasEnded
            state.end = accounting.end
            state.blocks += 1
            Self.settleIfAsked(&state)
        }
    }

    /// Whether the session is over; the consumer is told then.
    private func isOver<Consumer: StreamConsumer>(_ consumer: inout Consumer) -> Bool {
        guard state.withLock({ $0.ended }) else { return false }
        tellEnd(&consumer)
        return true
    }

    /// Tells the consumer that it is over, once, and first of what the unit's final count declared missing.
    private func tellEnd<Consumer: StreamConsumer>(_ consumer: inout Consumer) {
        let (tells, gap, counters) = state.withLock { state in
            defer { state.hasTold = true }
            return (!state.hasTold, state.lastGap, state.account)
        }
        guard tells else { return }
        // Its session is over: a consumer that cannot take the last gap has it in the account.
        if let gap { try? consumer.lost(gap) }
        consumer.ended(counters)
    }

    /// No index lies beyond this one now: twice the symbols that the time since the start has room for, and those of a second,
    /// or the limit that was asked for. A unit that counts faster says what cannot be.
    var reach: UInt64 {
        let elapsed = (clock.now - begun).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        let most = 2 * (seconds + 1) * plan.symbolRate + Double(plan.symbolsPerFrame)
        let reach = most < 0x1p62 ? UInt64(max(0, most)) : 1 << 62
        return plan.symbolLimit == 0 ? reach : min(reach, plan.symbolLimit)
    }

    /// The unit's final count has come. Frames may still be on their way; if the end frame is not among them, the
    /// watchdog settles the account with it.
    func expectEnd(_ stopped: StreamStopped) {
        state.withLock { state in
            state.final = stopped
            state.silentSince = nil
        }
    }

    /// What the unit says of its end cannot be: no account rests on it.
    func refuse(_ stopped: StreamStopped, because reason: String) {
        state.withLock { state in
            state.final = stopped
            state.finalFault = reason
        }
    }

    /// What is known of the end: the unit's answer, why that cannot be, the end frame, and the account.
    var ending: (final: StreamStopped?, fault: String?, end: (number: UInt32, dropped: UInt64)?, StreamCounters) {
        state.withLock { ($0.final, $0.finalFault, $0.end, $0.account) }
    }

    /// Declares what is missing at the end, from the unit's final count, when the end frame was lost. If the reader works
    /// on a transfer, it does so after it.
    func settle(_ stopped: StreamStopped) {
        state.withLock { state in
            state.final = stopped
            state.settles = true
            Self.settleIfAsked(&state)
        }
    }

    private static func settleIfAsked(_ state: inout State) {
        guard state.settles, !state.ended, let final = state.final, state.finalFault == nil,
            var accounting = state.parked
        else { return }
        state.lastGap = accounting.close(
            at: final.nextSymbol, dropped: final.droppedSymbols, frames: final.framesSent)
        state.parked = accounting
        state.counters = accounting.counters
        state.ended = true
    }

    /// The unit says that the session is over; the end frame is normally on its way.
    func unitEnded(_ cause: StateCause) {
        state.withLock { state in
            state.cause = cause
            state.silentSince = nil
        }
    }

    /// Fails the reader.
    func fail(_ error: UnitError) {
        let first = state.withLock { state in
            guard state.failure == nil else { return false }
            state.failure = error
            return true
        }
        if first { Task(executorPreference: executor) { [transport] in await transport.closeStream() } }
    }

    func abandon(_ error: UnitError) async {
        state.withLock { state in
            if state.failure == nil { state.failure = error }
        }
        await transport.closeStream()
    }

    /// The watchdog, called at every heartbeat: a stream whose reader waits in vain must not wait for ever.
    func watch(now: HostClock.Instant, explain: (UnitError) -> UnitError = { $0 }) {
        let verdict = state.withLock { state -> Verdict in
            guard !state.ended, state.failure == nil, state.waiting, state.blocks == state.blocksSeen else {
                state.blocksSeen = state.blocks
                state.silentSince = now
                return .fine
            }
            let since = state.silentSince ?? now
            state.silentSince = since
            let silence = now - since
            if let final = state.final, state.finalFault == nil {
                return silence >= Self.endTimeout ? .settled(final) : .fine
            }
            if let cause = state.cause, silence >= Self.endTimeout * 3 {
                return .failed(.sessionEnded(cause: cause))
            }
            return silence >= Self.stallTimeout
                ? .failed(.streamStalled(milliseconds: silence.wholeMilliseconds)) : .fine
        }
        switch verdict {
        case .fine: break
        case .failed(let error): fail(explain(error))
        case .settled(let final):
            settle(final)
            Task(executorPreference: executor) { [transport] in await transport.closeStream() }
        }
    }

    private enum Verdict {
        case fine
        case failed(UnitError)
        case settled(StreamStopped)
    }
}
