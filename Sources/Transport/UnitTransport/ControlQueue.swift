internal import UnitProtocol

/// Replies and events on their way from a transport's thread to the task that reads them. Holds at most `capacity`
/// frames; when it is full the oldest event goes, and is counted. If there is none, the oldest reply goes: a host has few
/// requests under way, so only a broken unit can send that many.
public final class ControlQueue: Sendable {
    private struct State {
        var frames: [[UInt8]] = []
        var ended: TransportError?
        var droppedEvents: UInt64 = 0
    }

    private let capacity: Int
    private let state = Guarded(State())
    private let arrival = WaitPoint()

    /// An empty queue.
    public init(capacity: Int = 256) { self.capacity = capacity }

    /// Events dropped so far.
    public var droppedEvents: UInt64 { state.withLock { $0.droppedEvents } }

    /// Appends a frame. Any thread.
    public func append(_ frame: [UInt8]) {
        state.withLock { state in
            guard state.ended == nil else { return }
            if state.frames.count >= capacity {
                let event = state.frames.firstIndex { Self.channel(of: $0) == Channel.event.rawValue }
                state.frames.remove(at: event ?? 0)
                state.droppedEvents += 1
            }
            state.frames.append(frame)
        }
        arrival.signal()
    }

    private static func channel(of frame: [UInt8]) -> UInt8 { frame.count > 3 ? frame[3] : 0 }

    /// No more frames will come; those that are here are still delivered, then `error` is thrown.
    public func finish(_ error: TransportError) {
        state.withLock { state in
            if state.ended == nil { state.ended = error }
        }
        arrival.signal()
    }

    /// The next frame.
    public func next() async throws(TransportError) -> [UInt8] {
        while true {
            let (frame, ended) = state.withLock { state -> ([UInt8]?, TransportError?) in
                state.frames.isEmpty ? (nil, state.ended) : (state.frames.removeFirst(), nil)
            }
            if let frame { return frame }
            if let ended { throw ended }
            if Task.isCancelled { throw .cancelled }
            await arrival.wait { state.withLock { !$0.frames.isEmpty || $0.ended != nil } }
        }
    }
}
