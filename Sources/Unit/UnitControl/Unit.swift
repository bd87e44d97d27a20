internal import Glibc
public import UnitProtocol
internal import UnitSchema
public import UnitTransport

/// One unit: its connection, its state, its requests. Everything that the host asks of a unit goes through here.
///
/// Made by `connect`. While it is connected with control it sends the heartbeats that hold the unit's light up; when it
/// ends, the unit goes dark by itself.
public actor Unit {
    /// Who it is.
    public nonisolated let identity: UnitIdentity
    /// What was granted: control, or observation only.
    public nonisolated let access: Access
    /// Connection below.
    public nonisolated let transport: any UnitTransport
    /// What whoever works with the unit waits and measures by.
    public nonisolated let clock: HostClock

    /// The unit's own thread, unless the clock has one, and that thread's timers.
    nonisolated let executor: any HostExecutor
    nonisolated let pace: HostClock
    private(set) var connection: ConnectionState
    private(set) var corruptControlFrames: UInt64 = 0
    private var unheardEvents: UInt64 = 0
    private var pending = PendingRequests()
    private var reader: Task<Void, Never>?
    private var heart: Task<Void, Never>?
    private var listeners: [Int: AsyncStream<UnitEvent>.Continuation] = [:]
    private var nextListener = 0
    private(set) var cachedCapabilities: Capabilities?
    var heartbeats: HeartbeatRecord
    var deviceTimeLag = DeviceTimeLag()
    private var news = NewsAllowance()
    /// Sessions whose StopStream was not answered: nobody waits that long for them again.
    var unansweredStops: Set<UInt64> = []
    var stream: UnitStream?

    /// How long a request may take that only reads or sets something.
    public static let ordinaryDeadline: Duration = .milliseconds(1000)

    init(
        identity: UnitIdentity, access: Access, state: UnitState, transport: any UnitTransport, asked: ClockReadings,
        clock: HostClock
    ) throws(TransportError) {
        self.identity = identity
        self.access = access
        self.transport = transport
        connection = ConnectionState(unitState: state)
        self.clock = clock
        heartbeats = HeartbeatRecord(timeout: identity.heartbeatTimeout, since: asked)
        if let executor = clock.executor {
            (self.executor, pace) = (executor, clock)
        } else {
            let thread = try UnitExecutor()
            (executor, pace) = (thread, HostClock(thread))
        }
    }

    /// A thread of its own: see `UnitExecutor`.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Starts reading and, with control, the heartbeats.
    func run() {
        reader = Task(executorPreference: executor) { [weak self, transport] in
            while true {
                do throws(TransportError) {
                    let frame = try await transport.receiveControl()
                    guard let self else { return }
                    await self.receive(frame)
                } catch {
                    await self?.end(error)
                    return
                }
            }
        }
        guard access == .control else { return }
        heart = Task(executorPreference: executor) { [weak self, pace, interval = identity.heartbeatInterval] in
            var count: UInt32 = 0
            while !Task.isCancelled {
                guard let self else { return }
                // From one to the next, whether or not it is answered: a unit that is mute for a second must not have to wait
                // for the second after it.
                let next = pace.now + interval
                await self.beat(count)
                count &+= 1
                do { try await pace.sleep(until: next) } catch { return }
            }
        }
    }

    // MARK: State

    /// State that the unit reported last.
    public var state: UnitState { connection.unitState }

    /// Where the connection stands.
    public var phase: ConnectionState.Phase { connection.phase }

    /// What went wrong on the way without ending anything.
    public var anomalies: UnitAnomalies {
        UnitAnomalies(
            unmatchedReplies: pending.unmatched, corruptControlFrames: corruptControlFrames,
            missedHeartbeats: UInt64(connection.missedHeartbeats), unheardEvents: unheardEvents,
            transport: transport.counters)
    }

    /// Events from now on. Holds the newest 256; a slow listener loses the oldest, which is counted.
    public func events() -> AsyncStream<UnitEvent> {
        let (events, continuation) = AsyncStream.makeStream(of: UnitEvent.self, bufferingPolicy: .bufferingNewest(256))
        let number = nextListener
        nextListener += 1
        listeners[number] = continuation
        continuation.onTermination = { [weak self, executor] _ in
            Task(executorPreference: executor) { await self?.forget(number) }
        }
        if case .ended = connection.phase { continuation.finish() }
        return events
    }

    private func forget(_ listener: Int) { listeners[listener] = nil }

    /// Optical and electrical data; asked once. Figures that no unit can have are `.badReply`.
    public func capabilities() async throws(UnitError) -> Capabilities {
        if let cachedCapabilities { return cachedCapabilities }
        let capabilities = try await ask(GetCapabilities(), for: Capabilities.self)
        if let reason = capabilities.contradiction(role: identity.role, capabilities: identity.capabilities) {
            throw .badReply(request: "GetCapabilities", reason: reason)
        }
        cachedCapabilities = capabilities
        return capabilities
    }

    /// Ends the connection. The unit goes dark when the heartbeats stop.
    public func close() async {
        heart?.cancel()
        await stream?.abandon(.transport(.closed))
        await transport.close()
        end(.closed)
    }

    private func end(_ error: TransportError) {
        heart?.cancel()
        if case .failPending(let error) = connection.handle(.ended(error)) {
            pending.failAll(.transport(error))
            stream?.fail(.transport(error))
            tellLeftOut(isLast: true)
            broadcast(.disconnected(error))
            for listener in listeners.values { listener.finish() }
            listeners = [:]
        }
    }

    private func beat(_ count: UInt32) async {
        heartbeats.send(at: clock.readings)
        do {
            let reply = try await ask(
                Heartbeat(count: count), for: HeartbeatReply.self, deadline: identity.heartbeatTimeout / 2, attempts: 1)
            heartbeats.wasAnswered()
            doubt(connection.handle(.heartbeat(count: count, reply)))
        } catch {
            doubt(connection.handle(.heartbeatMissed))
        }
        stream?.watch(now: clock.now, explain: explained)
        tellLeftOut()
    }

    /// A unit whose heartbeats say otherwise, or nothing, may be in any state: what it streams is not to be relied on. If it
    /// streams nothing, the watchdog says so.
    private func doubt(_ action: ConnectionState.Action) {
        guard case .doubtSession(let reason) = action, let stream, stream.isRunning, !stream.isSilent else { return }
        stream.fail(reason.map { .badReply(request: Heartbeat.messageName, reason: $0) } ?? explained(mute))
    }

    func handle(_ event: ConnectionState.Event) -> ConnectionState.Action { connection.handle(event) }

    // MARK: Requests

    /// Sends a request and returns the block of its reply.
    ///
    /// `attempts` above 1 repeat a request that was not answered: only for those that change nothing or may be repeated.
    public func ask<Request: UnitMessage, Reply: UnitMessage>(
        _ request: Request, for type: Reply.Type, deadline: Duration = ordinaryDeadline, attempts: Int = 2
    ) async throws(UnitError) -> Reply {
        let frame = try await exchange(request, deadline: deadline, attempts: attempts)
        return try Self.read(frame, request: Request.messageName) { (reader) throws(MessageFault) in
            try reader.block(as: Reply.self)
        }
    }

    /// Sends a request and returns the whole frame of its reply, for messages with groups or data.
    func exchange<Request: UnitMessage>(
        _ request: Request, deadline: Duration = ordinaryDeadline, attempts: Int = 2
    ) async throws(UnitError) -> [UInt8] {
        var remaining = attempts
        while true {
            remaining -= 1
            do throws(UnitError) {
                return try await exchangeOnce(request, deadline: deadline)
            } catch {
                guard case .timedOut(let request, let milliseconds) = error else { throw error }
                if remaining > 0 { continue }
                // A heartbeat that is missed every half second must not walk through /proc each time.
                guard transport.endpoint.kind == .serial, Request.templateID != Heartbeat.templateID else {
                    throw error
                }
                let readers = DeviceHolder.others(transport.endpoint.path)
                guard !readers.isEmpty else { throw error }
                throw .lineShared(request: request, milliseconds: milliseconds, readers: readers)
            }
        }
    }

    private func exchangeOnce<Request: UnitMessage>(
        _ request: Request, deadline: Duration
    ) async throws(UnitError) -> [UInt8] {
        if case .ended(let error) = connection.phase { throw .transport(error) }
        if Task.isCancelled { throw .cancelled }
        let number = pending.nextNumber()
        let frame = ControlFrame.encode(request, channel: .request, number: number)
        guard frame.count <= identity.maximumControlFrame else {
            throw .transport(.tooLong(bytes: frame.count, limit: identity.maximumControlFrame))
        }
        let milliseconds = deadline.wholeMilliseconds
        let result: PendingRequests.Reply = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timer = Task(executorPreference: executor) { [weak self, pace] in
                    do { try await pace.sleep(for: deadline) } catch { return }
                    await self?.resolve(
                        number, .failure(.timedOut(request: Request.messageName, milliseconds: milliseconds)))
                }
                pending.insert(number, continuation, deadline: timer)
                Task(executorPreference: executor) { [transport] in
                    do throws(TransportError) {
                        try await transport.send(frame)
                    } catch {
                        await self.resolve(number, .failure(.transport(error)))
                    }
                }
            }
        } onCancel: {
            Task(executorPreference: executor) { await self.resolve(number, .failure(.cancelled)) }
        }
        do throws(UnitError) {
            let reply = try result.get()
            try Self.refuseLong(reply, request: Request.messageName)
            try Self.refuseErrors(reply, request: Request.messageName, chainOf: Request.self)
            return reply
        } catch {
            throw explained(error)
        }
    }

    private func resolve(_ number: UInt32, _ reply: PendingRequests.Reply) { pending.resolve(number, reply) }

    /// Reads a reply frame that has passed its CRC.
    static func read<Value>(
        _ frame: [UInt8], request: String, _ body: (inout MessageReader) throws(MessageFault) -> Value
    ) throws(UnitError) -> Value {
        do {
            var reader = try MessageReader(frame.span.bytes.extracting(Frame.headerBytes..<frame.count))
            return try body(&reader)
        } catch {
            throw .badReply(request: request, reason: error.description)
        }
    }

    /// A reply or an event has at most 4,096 bytes: a unit that sends more follows other rules.
    static func refuseLong(_ frame: [UInt8], request: String) throws(UnitError) {
        guard frame.count > ControlFrame.mostBytes else { return }
        throw .badReply(
            request: request, reason: "a frame of \(frame.count) bytes, \(ControlFrame.mostBytes) are allowed")
    }

    static func refuseErrors<Request: UnitMessage>(
        _ frame: [UInt8], request: String, chainOf: Request.Type
    ) throws(UnitError) {
        let refusal = try read(frame, request: request) { (reader) throws(MessageFault) -> (ErrorMessage, String)? in
            guard reader.header.templateID == ErrorMessage.templateID else { return nil }
            let block = try reader.block(as: ErrorMessage.self)
            let text = try reader.data(ErrorMessage.text)
            return (block, ControlFrame.text(text))
        }
        guard let (error, text) = refusal else { return }
        if error.code == .busy { throw .controlledElsewhere(holder: text.isEmpty ? "another program" : text) }
        if error.code == .purposeForbids { throw .purposeForbids(action: request) }
        throw .refused(
            request: request, code: error.code, state: error.state, fieldID: error.fieldId,
            field: Handshake.fieldName(message: Request.templateID, field: error.fieldId), text: text)
    }

    // MARK: Receiving

    private func receive(_ frame: [UInt8]) {
        guard let header = try? Frame.decode(frame.span.bytes) else {
            corruptControlFrames += 1
            return
        }
        switch header.channel {
        case .reply: pending.resolve(header.number, .success(frame))
        case .event: receiveEvent(frame)
        default: corruptControlFrames += 1
        }
    }

    private func receiveEvent(_ frame: [UInt8]) {
        guard frame.count <= ControlFrame.mostBytes, let event = UnitEvent(frame: frame) else {
            corruptControlFrames += 1
            return
        }
        if case .stateChanged(let change) = event, change.cause == .heartbeatLost { heartbeats.isMissed = true }
        if case .stateChanged(let change) = event,
            case .endStream(let cause) = connection.handle(.changed(change))
        {
            stream?.unitEnded(cause)
        }
        if event.isNews, !news.takes(now: clock.now) { return tellLeftOut() }
        broadcast(event)
        tellLeftOut()
    }

    private func tellLeftOut(isLast: Bool = false) {
        if let count = news.report(now: clock.now, isLast: isLast) { broadcast(.leftOut(count)) }
    }

    private func broadcast(_ event: UnitEvent) {
        for listener in listeners.values {
            if case .dropped = listener.yield(event) { unheardEvents += 1 }
        }
    }
}
