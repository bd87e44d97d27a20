internal import CUnitIO
internal import Glibc
internal import UnitProtocol
public import UnitTransport

/// A unit behind a UART, a CDC-ACM port or a pseudo-terminal: COBS frames ended by a zero byte, control and stream on
/// one line (firmware-schemas/README.md, section 3). A path that is a Unix socket stands for a line at a far site, which
/// somebody forwards: everything works over it but a session of purpose key, whose symbols never leave the machine.
///
/// One thread per line reads and writes. When the consumer falls behind, reading pauses for a tenth of a second, which the
/// unit's FIFO bridges; after that a stream frame that finds no buffer is dropped and counted, because to go on pausing
/// would hold back the replies behind it. The hole shows in the sequence numbers.
public final class SerialTransport: UnitTransport {
    /// How the unit is reached.
    public let endpoint: TransportEndpoint

    /// Buffers of a stream: 64 of 64 KiB, 0.4 s at 10 MB/s.
    static let streamBuffers = 64
    static let streamBufferBytes = Frame.maximumStride
    /// Pauses of 2 ms for a slow consumer before frames are dropped: well within the deadline of a reply.
    static let patience = 50
    /// More than this many bytes that the line did not take means that the unit does not read.
    static let outboxLimit = 262_144

    private struct State {
        var outbox: [UInt8] = [0]
        var sent = 0
        var stopping = false
        var stalled = false
        var closed = false
    }

    private let line: SerialLine
    private let state = Guarded(State())
    private let control = ControlQueue()
    private let receiver: Guarded<FrameReceiver>
    private let thread: Guarded<IOThread?>

    /// Opens the line raw and exclusively. Throws `.notFound`, `.noPermission`, `.busy` (with the holder), `.notAUnit`
    /// if it is no terminal, or `.system`.
    public init(path: String, baud: UInt32? = nil) throws(TransportError) {
        line = try SerialLine(path: path, baud: baud)
        endpoint = TransportEndpoint(selector: .serial(path: path, baud: baud), path: path, kind: .serial)
        receiver = Guarded(try FrameReceiver())
        thread = Guarded(nil)
        let started = try IOThread(name: "cvqkd-serial") { [line, state, control, receiver] in
            Self.run(line: line, state: state, control: control, receiver: receiver)
        }
        thread.withLock { $0 = started }
    }

    /// What has been counted.
    public var counters: TransportCounters {
        var counters = receiver.withLock { $0.counters }
        counters.droppedEvents = control.droppedEvents
        return counters
    }

    /// Sends one whole frame; returns when it is queued for the line.
    public func send(_ frame: [UInt8]) async throws(TransportError) {
        var encoded = [UInt8](repeating: 0, count: COBS.maximumEncodedBytes(for: frame.count) + 1)
        var elements = encoded.mutableSpan
        var bytes = elements.mutableBytes
        let count = COBS.encode(frame.span.bytes, into: &bytes)
        encoded.removeLast(encoded.count - count - 1)
        let failure: TransportError? = state.withLock { state in
            if state.closed { return .closed }
            if state.stopping { return .gone(path: endpoint.path) }
            if state.outbox.count - state.sent + encoded.count > Self.outboxLimit {
                return .sendBlocked(path: endpoint.path, waiting: state.outbox.count - state.sent)
            }
            state.outbox += encoded
            return nil
        }
        if let failure { throw failure }
        line.wake()
    }

    /// The next reply or event.
    public func receiveControl() async throws(TransportError) -> [UInt8] { try await control.next() }

    /// Makes the buffers of a stream. Throws `.keyOverSocket` for a key session over a forwarded line.
    public func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
        guard !(line.isForwarded && geometry.secret) else { throw .keyOverSocket(path: endpoint.path) }
        let channel = try StreamChannel(
            bufferCount: Self.streamBuffers, bufferBytes: Self.streamBufferBytes, geometry: geometry, onSpare: {})
        try receiver.withLock { (receiver) throws(TransportError) in try receiver.begin(channel, geometry) }
    }

    /// The next block of stream frames.
    public func receiveStream() async throws(TransportError) -> StreamBlock {
        guard let channel = receiver.withLock({ $0.channel }) else { throw .closed }
        return try await channel.nextInTurn()
    }

    /// Leaves everything on the line, replies too, until it is called again.
    public func stall(_ isStalled: Bool) -> Bool {
        state.withLock { $0.stalled = isStalled }
        line.wake()
        return true
    }

    /// Ends the stream.
    public func closeStream() async { receiver.withLock { $0.end(.closed) } }

    /// Ends the connection: the thread is joined, the line closed.
    public func close() async {
        state.withLock { state in
            state.closed = true
            state.stopping = true
        }
        line.wake()
        let running = thread.withLock { $0.take() }
        running?.join()
        receiver.withLock { $0.end(.closed) }
        control.finish(.closed)
        // A line whose unit takes nothing can hold this for 30 s: not on a thread of the task pool.
        await withCheckedContinuation { continuation in
            do throws(TransportError) {
                let closing = try IOThread(name: "cvqkd-close") { [line] in
                    line.close()
                    continuation.resume()
                }
                closing.detach()
            } catch {
                // No thread to be had: better to hold one of the pool than to leave the line open.
                line.close()
                continuation.resume()
            }
        }
    }

    private static func run(
        line: SerialLine, state: Guarded<State>, control: ControlQueue, receiver: Guarded<FrameReceiver>
    ) {
        var ending: TransportError = .closed
        var pauses = 0
        loop: while true {
            let (stop, pending, stalled) = state.withLock { ($0.stopping, $0.sent < $0.outbox.count, $0.stalled) }
            // What was queued before close() still goes out, if the line takes it at once.
            if stop && !pending { break }
            let (waits, starves) = receiver.withLock { ($0.holdsUndelivered, $0.isStarving) }
            pauses = starves ? pauses + 1 : 0
            let reads = !stalled && (!starves || pauses > patience)
            let ready = line.wait(
                forReading: reads, forWriting: pending, milliseconds: stop ? 50 : !reads ? 2 : waits ? 5 : -1)
            if pending && ready.writable && !write(line, state) {
                ending = .gone(path: line.path)
                break
            }
            if stop && !ready.writable { break }
            if ready.readable && reads {
                switch receiver.withLock({ $0.read(from: line.descriptor, control: control) }) {
                case .progress: break
                case .gone:
                    ending = .gone(path: line.path)
                    break loop
                }
            } else if ready.gone {
                ending = .gone(path: line.path)
                break
            } else {
                receiver.withLock { $0.deliverIfWanted() }
            }
        }
        let closed = state.withLock { state in
            state.stopping = true
            return state.closed
        }
        if closed { ending = .closed }
        receiver.withLock { $0.end(ending) }
        control.finish(ending)
    }

    /// Writes what the line takes now; false if it is gone.
    private static func write(_ line: SerialLine, _ state: Guarded<State>) -> Bool {
        state.withLock { state in
            let count = state.outbox.withUnsafeBytes { bytes in
                // SAFETY: sent <= outbox.count always.
                Glibc.write(line.descriptor, bytes.baseAddress.map { $0 + state.sent }, bytes.count - state.sent)
            }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            state.sent += count
            if state.sent == state.outbox.count {
                state.outbox.removeAll(keepingCapacity: true)
                state.sent = 0
            }
            return true
        }
    }
}
