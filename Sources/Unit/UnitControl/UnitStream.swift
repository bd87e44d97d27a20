public import UnitProtocol
internal import UnitTransport

/// What a host asks of a link session on one unit.
public struct StreamPlan: Sendable, Equatable {
    /// Number that was never used before.
    public var session: UInt64
    /// Fixed for the session.
    public var purpose: SessionPurpose
    /// Options.
    public var options: StreamOptions
    /// Stride of stream frames, bytes.
    public var frameBytes: Int
    /// Symbols of a slot.
    public var symbolsPerFrame: UInt32
    /// Symbols per second.
    public var symbolRate: Double
    /// Bob: wanted fraction of vacuum slots.
    public var vacuumFraction: Double
    /// Alice: wanted fraction of training slots.
    public var trainingFraction: Double
    /// Bob: wanted fraction of dark slots.
    public var darkFraction: Double
    /// The session ends by itself after so many symbols; 0 for never.
    public var symbolLimit: UInt64

    /// Stride where nobody asked for another. Such a frame crosses every transport in one transfer and holds some 4,000
    /// symbols of both quadratures: a hundred vacuum slots a second at 10 % and 4 MHz, and a loss of as many in one piece.
    public static let defaultFrameBytes = 16_384

    /// A plan without vacuum, training, dark slots and limit.
    public init(
        session: UInt64, purpose: SessionPurpose, options: StreamOptions = [], frameBytes: Int, symbolsPerFrame: UInt32,
        symbolRate: Double, vacuumFraction: Double = 0, trainingFraction: Double = 0, darkFraction: Double = 0,
        symbolLimit: UInt64 = 0
    ) {
        self.session = session
        self.purpose = purpose
        self.options = options
        self.frameBytes = frameBytes
        self.symbolsPerFrame = symbolsPerFrame
        self.symbolRate = symbolRate
        self.vacuumFraction = vacuumFraction
        self.trainingFraction = trainingFraction
        self.darkFraction = darkFraction
        self.symbolLimit = symbolLimit
    }

    /// Symbols that fit a frame of `frameBytes` in a sample format, header and message taken off.
    public static func symbolsPerFrame(frameBytes: Int, format: SampleFormat) -> UInt32 {
        let room = frameBytes - Frame.headerBytes - MessageHeader.length - StreamFrame.blockLength
        switch format {
        case .x16: return UInt32(room / 2)
        case .x16Basis: return UInt32(room * 8 / 17)
        default: return UInt32(room / 4)
        }
    }
}

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
        /// The account, between two transfers; the reader has it while it works on one.
        var parked: StreamAccounting?
        /// The final count is to be taken as soon as the reader has worked off what it holds.
        var settles = false
        /// What that count declared missing.
        var lastGap: StreamGap?
        /// The consumer knows that it is over.
        var hasTold = false
    }

    private let transport: any UnitTransport
    private let executor: (any HostExecutor)?
    private let state = Guarded(State())

    init(plan: StreamPlan, started: StreamStarted, transport: any UnitTransport, executor: (any HostExecutor)?) {
        self.plan = plan
        self.started = started
        self.transport = transport
        self.executor = executor
        let accounting = StreamAccounting(
            session: plan.session, purpose: plan.purpose, symbolsPerFrame: plan.symbolsPerFrame,
            sampleFormat: started.sampleFormat)
        state.withLock { $0.parked = accounting }
    }

    /// The account up to the last block that was read.
    public var counters: StreamCounters { state.withLock { $0.counters } }

    /// Why the unit ended the session by itself, if it did.
    public var endCause: StateCause? { state.withLock { $0.cause } }

    /// Whether neither the end frame nor a failure has come.
    public var isRunning: Bool { state.withLock { !$0.ended && $0.failure == nil } }

    /// Reads to the end of the session, transfer by transfer, into `consumer`, which this task owns meanwhile.
    ///
    /// Throws what `read(into:)` throws; what was counted before stays valid.
    public func readAll<Consumer: StreamConsumer>(into consumer: inout Consumer) async throws(UnitError) {
        while try await read(into: &consumer) {}
    }

    /// Reads the next transfer and shows its good frames in place to `consumer`. Returns false after the end frame.
    /// Suspends until a transfer comes, and as long as the consumer has no room. Nothing of it runs under a lock.
    ///
    /// Throws `.streamStalled`, `.sessionEnded` if the unit ended the session without an end frame, `.transport(.gone)`,
    /// `.cancelled` and `.consumerFailed`; what was counted before stays valid.
    public func read<Consumer: StreamConsumer>(into consumer: inout Consumer) async throws(UnitError) -> Bool {
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

    /// The next transfer; nil if the session is over and settled meanwhile.
    private func receive() async throws(UnitError) -> StreamBlock? {
        state.withLock { $0.waiting = true }
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
            state.blocks += 1
            Self.settleIfAsked(&state)
        }
    }

    /// Whether the session is over. The consumer is told once, and first of what the unit's final count declared missing.
    private func isOver<Consumer: StreamConsumer>(_ consumer: inout Consumer) -> Bool {
        let (ended, tells, gap, counters) = state.withLock { state in
            defer { state.hasTold = state.ended }
            return (state.ended, state.ended && !state.hasTold, state.lastGap, state.counters)
        }
        guard tells else { return ended }
        // Its session is over: a consumer that cannot take the last gap has it in the account.
        if let gap { try? consumer.lost(gap) }
        consumer.ended(counters)
        return true
    }

    /// The unit's final count has come. Frames may still be on their way; if the end frame is not among them, the
    /// watchdog settles the account with it.
    func expectEnd(_ stopped: StreamStopped) {
        state.withLock { state in
            state.final = stopped
            state.silentSince = nil
        }
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
        guard state.settles, !state.ended, let final = state.final, var accounting = state.parked else { return }
        state.lastGap = accounting.close(at: final.nextSymbol, dropped: final.droppedSymbols)
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
    func watch(now: HostClock.Instant) {
        let verdict = state.withLock { state -> Verdict in
            guard !state.ended, state.failure == nil, state.waiting, state.blocks == state.blocksSeen else {
                state.blocksSeen = state.blocks
                state.silentSince = now
                return .fine
            }
            let since = state.silentSince ?? now
            state.silentSince = since
            let silence = now - since
            if let final = state.final { return silence >= Self.endTimeout ? .settled(final) : .fine }
            if let cause = state.cause, silence >= Self.endTimeout * 3 {
                return .failed(.sessionEnded(cause: cause))
            }
            return silence >= Self.stallTimeout
                ? .failed(.streamStalled(milliseconds: silence.wholeMilliseconds)) : .fine
        }
        switch verdict {
        case .fine: break
        case .failed(let error): fail(error)
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

extension Unit {
    /// Starts a link session on this unit and returns its stream, which must be read.
    public func startStream(_ plan: StreamPlan) async throws(UnitError) -> UnitStream {
        guard plan.frameBytes <= identity.maximumFrameBytes else {
            throw .outOfRange(
                what: "frame size", value: "\(plan.frameBytes) B", range: "1024…\(identity.maximumFrameBytes) B")
        }
        guard handle(.start(session: plan.session)) == .none else {
            throw .refused(
                request: "StartStream", code: .inProgress, state: state, fieldID: 0, field: nil,
                text: "this program already runs a session on the unit")
        }
        do throws(UnitError) {
            do throws(TransportError) {
                try await transport.openStream(
                    StreamGeometry(frameBytes: plan.frameBytes, secret: plan.purpose == .key))
            } catch {
                throw UnitError.transport(error)
            }
            let started = try await ask(Self.request(plan), for: StreamStarted.self, deadline: .seconds(2), attempts: 1)
            guard started.sessionId == plan.session, started.purpose == plan.purpose else {
                throw UnitError.badReply(request: "StartStream", reason: "session or purpose is not echoed")
            }
            let stream = UnitStream(plan: plan, started: started, transport: transport, executor: clock.executor)
            self.stream = stream
            if case .endStream(let cause) = handle(.started) { stream.unitEnded(cause) }
            return stream
        } catch {
            _ = handle(.refusedStart)
            await transport.closeStream()
            switch error {
            case .timedOut, .cancelled:
                // The request may have arrived although its reply did not: the unit must not stream into the void. A
                // task of its own, which the cancellation does not reach; the unit waits a second for somebody to read.
                await Task(executorPreference: clock.executor) {
                    _ = try? await self.ask(
                        StopStream(sessionId: plan.session), for: StreamStopped.self, deadline: .seconds(3), attempts: 1
                    )
                }.value
            default: break
            }
            throw error
        }
    }

    private static func request(_ plan: StreamPlan) -> StartStream {
        StartStream(
            sessionId: plan.session, purpose: plan.purpose, options: plan.options, frameBytes: UInt32(plan.frameBytes),
            symbolsPerFrame: plan.symbolsPerFrame, symbolRate: plan.symbolRate, vacuumFraction: plan.vacuumFraction,
            trainingFraction: plan.trainingFraction, darkFraction: plan.darkFraction, symbolLimit: plan.symbolLimit)
    }

    /// Asks the unit to end the session. The reader goes on until the end frame.
    public func stopStream() async throws(UnitError) -> StreamStopped {
        guard let stream else {
            throw .refused(
                request: "StopStream", code: .sessionUnknown, state: state, fieldID: 0, field: nil,
                text: "this program runs no session on the unit")
        }
        _ = handle(.stop)
        defer { _ = handle(.stopped) }
        let stopped = try await ask(
            StopStream(sessionId: stream.plan.session), for: StreamStopped.self, deadline: .seconds(3), attempts: 2)
        stream.expectEnd(stopped)
        return stopped
    }

    /// Gives the buffers of an ended stream back, and declares what the end frame could not.
    public func finishStream(_ stopped: StreamStopped?) async {
        guard let stream else { return }
        if let stopped { stream.settle(stopped) }
        await transport.closeStream()
        self.stream = nil
    }
}
