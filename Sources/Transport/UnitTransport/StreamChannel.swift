internal import CUnitIO
internal import Glibc

/// Whole stream frames in a buffer of the transport's pool, lent to the consumer. Given back at the end of its life.
public struct StreamBlock: ~Copyable, Sendable {
    /// Distance from one frame to the next in bytes.
    public let stride: Int
    /// Bytes used, a multiple of `stride`.
    public let count: Int
    private let slot: Int
    private let channel: StreamChannel

    fileprivate init(channel: StreamChannel, slot: Int, count: Int, stride: Int) {
        self.channel = channel
        self.slot = slot
        self.count = count
        self.stride = stride
    }

    deinit { channel.recycle(slot) }

    /// The bytes, in place.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: the slot is this block's until its deinit, and the span cannot outlive the borrow.
            let start = UnsafeRawPointer(channel.pointer(slot))
            return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), borrowing: self)
        }
    }
}

/// The pool of a stream and the queue of its filled buffers, between a producer thread and a consuming task.
///
/// Depth is the number of buffers and never grows; the producer that finds none spare waits (USB) or drops and counts
/// (serial lines). Nothing is allocated per block.
public final class StreamChannel: @unchecked Sendable {
    // SAFETY: `pool` is immutable after init; a slot belongs to whoever took it from `state`, one owner at a time.
    private struct State {
        var spare: [Int]
        var filled: [(slot: Int, count: Int)]
        var head = 0
        var filledCount = 0
        var ended: TransportError?
        var starved = false
        var turn = 0
    }

    /// Bytes of each buffer.
    public let bufferBytes: Int
    /// Number of buffers.
    public let bufferCount: Int
    private let geometry: StreamGeometry
    private let pool: OpaquePointer
    private let state: Guarded<State>
    private let arrival = WaitPoint()
    private let onSpare: @Sendable () -> Void

    /// Makes `bufferCount` buffers of `bufferBytes` bytes, locked into memory.
    ///
    /// `onSpare` is called, on the consumer's thread, when a buffer comes back after the producer found none.
    /// Throws `.memoryNotLocked` for a secret stream whose memory cannot be locked.
    public init(
        bufferCount: Int, bufferBytes: Int, geometry: StreamGeometry, onSpare: @escaping @Sendable () -> Void
    ) throws(TransportError) {
        precondition(bufferBytes % geometry.frameBytes == 0)
        var locked: Int32 = 0
        guard let pool = cu_pool_create(bufferCount, bufferBytes, &locked) else {
            throw .system(call: "mmap", path: "stream buffers", code: errno)
        }
        if geometry.secret && locked == 0 {
            cu_pool_destroy(pool)
            throw .memoryNotLocked(bytes: bufferCount * bufferBytes)
        }
        self.pool = pool
        self.bufferCount = bufferCount
        self.bufferBytes = bufferBytes
        self.geometry = geometry
        self.onSpare = onSpare
        state = Guarded(
            State(spare: Array(0..<bufferCount), filled: Array(repeating: (slot: 0, count: 0), count: bufferCount)))
    }

    deinit { cu_pool_destroy(pool) }

    /// Takes a spare buffer for filling; nil if there is none, which is remembered so that `onSpare` comes.
    public func takeSpare() -> Int? {
        state.withLock { state in
            if let slot = state.spare.popLast() { return slot }
            state.starved = true
            return nil
        }
    }

    /// The memory of a buffer that the caller has taken.
    public func buffer(_ slot: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: pointer(slot), count: bufferBytes)
    }

    fileprivate func pointer(_ slot: Int) -> UnsafeMutableRawPointer {
        // The shim returns an address inside its one mapping; it cannot be null.
        cu_pool_buffer(pool, slot)
    }

    /// Hands a filled buffer to the consumer. A count of 0 gives it back.
    public func commit(_ slot: Int, count: Int) {
        precondition(count % geometry.frameBytes == 0)
        state.withLock { state in
            guard count > 0 else {
                wipe(slot)
                state.spare.append(slot)
                return
            }
            state.filled[(state.head + state.filledCount) % bufferCount] = (slot: slot, count: count)
            state.filledCount += 1
        }
        arrival.signal()
    }

    /// Buffers that nobody holds.
    public var spareCount: Int { state.withLock { $0.spare.count } }

    /// Whether the consumer has taken everything.
    public var isDrained: Bool { state.withLock { $0.filledCount == 0 } }

    /// No more blocks will come; those that are filled are still delivered, then `error` is thrown.
    public func finish(_ error: TransportError) {
        state.withLock { state in
            if state.ended == nil { state.ended = error }
        }
        arrival.signal()
    }

    /// After so many blocks that were there already, a reader lets others run.
    private static let blocksPerTurn = 4

    /// The next filled block, for a reader that shares its thread with others: a stream that never makes it wait would keep
    /// a thread of the task pool to itself, and with one processor there is no other. Lets others run after every few
    /// blocks, which costs an allocation then.
    public func nextInTurn() async throws(TransportError) -> StreamBlock {
        let isOver = state.withLock { state in
            state.turn += 1
            return state.turn % Self.blocksPerTurn == 0
        }
        if isOver { await Task.yield() }
        return try await next()
    }

    /// The next filled block.
    public func next() async throws(TransportError) -> StreamBlock {
        while true {
            let (slot, count, ended) = state.withLock { state -> (Int, Int, TransportError?) in
                guard state.filledCount > 0 else { return (-1, 0, state.ended) }
                let (slot, count) = state.filled[state.head]
                state.head = (state.head + 1) % bufferCount
                state.filledCount -= 1
                return (slot, count, nil)
            }
            if slot >= 0 { return StreamBlock(channel: self, slot: slot, count: count, stride: geometry.frameBytes) }
            if let ended { throw ended }
            if Task.isCancelled { throw .cancelled }
            await arrival.wait { state.withLock { $0.filledCount > 0 || $0.ended != nil } }
        }
    }

    /// The whole buffer: a transfer can have left more in it than whole frames.
    private func wipe(_ slot: Int) {
        if geometry.secret { cu_pool_wipe(pool, slot, bufferBytes) }
    }

    fileprivate func recycle(_ slot: Int) {
        wipe(slot)
        let wasStarved = state.withLock { state in
            state.spare.append(slot)
            defer { state.starved = false }
            return state.starved
        }
        if wasStarved { onSpare() }
    }
}
