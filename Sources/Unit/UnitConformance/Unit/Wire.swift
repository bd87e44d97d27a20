internal import UnitProtocol
internal import UnitTransport

/// One open transport with everything that has arrived on it. Below `Unit` on purpose: a check sends what no driver
/// would, and has to see what a driver drops.
final class Wire: Sendable {
    private struct State {
        var arrivals: [Arrival] = []
        var remarks: [String] = []
        var ended: TransportError?
        var number = UInt32.random(in: 1...0x3FFF_FFFF)
        var beats: UInt32 = 0
    }

    let transport: any UnitTransport
    private let clock: HostClock
    private let state = Guarded(State())
    private let reader: Guarded<Task<Void, Never>?> = Guarded(nil)
    private let heart: Guarded<Task<Void, Never>?> = Guarded(nil)

    /// How long a check waits for a reply that is due within 200 ms: what a slow line and a busy host may add is not the
    /// unit's fault.
    static let patience: Duration = .milliseconds(1_500)

    init(_ transport: any UnitTransport, clock: HostClock) {
        self.transport = transport
        self.clock = clock
        let task = Task(executorPreference: clock.executor) { [weak self, transport] in
            while true {
                do throws(TransportError) {
                    let frame = try await transport.receiveControl()
                    self?.receive(frame)
                } catch {
                    self?.state.withLock { $0.ended = error }
                    return
                }
            }
        }
        reader.withLock { $0 = task }
    }

    private func receive(_ frame: [UInt8]) {
        let now = clock.now
        state.withLock { state in
            do throws(FrameFault) {
                let header = try Frame.decode(frame.span.bytes)
                guard header.channel == .reply || header.channel == .event else {
                    state.remarks.append("a frame of channel \(header.channel) came where replies and events come")
                    return
                }
                let clean = frame[12..<16].allSatisfy { $0 == 0 } && frame[24..<28].allSatisfy { $0 == 0 }
                if !clean { state.remarks.append("reserved bytes of a frame header are not 0") }
                if header.session != 0 {
                    state.remarks.append("a \(header.channel) frame has session \(header.session)")
                }
                if frame.count > 4_096 { state.remarks.append("a \(header.channel) frame has \(frame.count) bytes") }
                state.arrivals.append(
                    Arrival(frame: frame, header: header, order: state.arrivals.count, time: now))
            } catch {
                state.remarks.append("bytes that are not a frame: \(error)")
            }
        }
    }

    /// What was wrong with frame headers so far.
    var remarks: [String] { state.withLock { $0.remarks } }

    /// Why the connection is over, if it is.
    var ending: TransportError? { state.withLock { $0.ended } }

    /// The place that the next arrival will have: what comes later is newer than this.
    var mark: Int { state.withLock { $0.arrivals.count } }

    /// Everything since a mark.
    func arrivals(since mark: Int = 0) -> [Arrival] { state.withLock { Array($0.arrivals.dropFirst(mark)) } }

    /// A request number that was not used before.
    func nextNumber() -> UInt32 {
        state.withLock { state in
            state.number += 1
            return state.number
        }
    }

    // MARK: Sending

    /// Sends bytes as they are.
    func send(_ frame: [UInt8]) async throws { try await transport.send(frame) }

    /// Sends a request and waits for its reply.
    func exchange(_ request: RawRequest, patience: Duration = patience) async throws -> Answer {
        let number = nextNumber()
        let start = mark
        try await send(request.frame(number: number))
        return try await answer(to: number, since: start, patience: patience)
    }

    /// Waits for the reply to a request that was sent already.
    func answer(to number: UInt32, since start: Int, patience: Duration = patience) async throws -> Answer {
        let arrival = try await first(since: start, within: patience) {
            $0.header.channel == .reply && $0.header.number == number
        }
        guard let arrival else { return .silence(milliseconds: patience.inMilliseconds) }
        guard arrival.template == ErrorMessage.templateID else { return .reply(arrival) }
        return .refused(try RefusalSeen(arrival), arrival)
    }

    /// The first arrival that fits, nil after `limit`. Throws what ended the connection.
    func first(
        since start: Int, within limit: Duration, _ fits: (Arrival) -> Bool
    ) async throws -> Arrival? {
        let end = clock.now + limit
        var seen = start
        while true {
            let (fresh, ended) = state.withLock { (Array($0.arrivals.dropFirst(seen)), $0.ended) }
            if let arrival = fresh.first(where: fits) { return arrival }
            seen += fresh.count
            if let ended { throw ended }
            guard clock.now < end else { return nil }
            try await clock.sleep(for: .milliseconds(1))
        }
    }

    // MARK: Heartbeats

    /// Sends heartbeats until `stopHeart`, the first at once.
    func startHeart(every interval: Duration) {
        stopHeart()
        let task = Task(executorPreference: clock.executor) { [weak self, clock] in
            while !Task.isCancelled {
                guard let self else { return }
                let (number, count) = (nextNumber(), takeBeat())
                try? await send(RawRequest(Heartbeat(count: count)).frame(number: number))
                try? await clock.sleep(for: interval)
            }
        }
        heart.withLock { $0 = task }
    }

    private func takeBeat() -> UInt32 {
        state.withLock { state in
            state.beats &+= 1
            return state.beats
        }
    }

    /// No more heartbeats.
    func stopHeart() {
        let running = heart.withLock { $0.take() }
        running?.cancel()
    }

    /// Closes the transport.
    func close() async {
        stopHeart()
        await transport.close()
        let reading = reader.withLock { $0.take() }
        await reading?.value
    }
}

extension Duration {
    /// Rounded down.
    var inMilliseconds: Int {
        Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
