internal import Glibc
internal import UnitProtocol
internal import UnitTransport

/// The unit's stream buffer: a ring of frames at a fixed stride, between the thread that makes them and the port that
/// sends them. Frames are built where they lie; a port copies them out.
///
/// One thread at a time reserves and commits (the pair's lock sees to that), one port takes. What leaves is written
/// down in the session's record, which is the judge of what a host should have got.
final class StreamFIFO: @unchecked Sendable {
    /// A frame in the ring, as the record sees it.
    struct Entry {
        var length = 0
        var kind = SymbolKind.none
        var content = StreamContent.measured
        var first: UInt64 = 0
        var count: UInt32 = 0
    }

    private struct State {
        var stride = 65_536
        var capacity = 1
        var head = 0
        var filled = 0
        var entries: [Entry] = []
        var record: SentSession?
        var port: Int?
        var epoch: UInt64 = 0
        var faults = StreamFaults()
    }

    /// Depth in bytes, without the room for the end frame.
    let depth: Int
    // SAFETY: a frame between `filled` and `capacity` is the producer's, one below is read under the lock only.
    private let memory: UnsafeMutableRawPointer
    private let state = Guarded(State())

    init(depth: Int) {
        self.depth = depth
        memory = .allocate(byteCount: max(depth, 65_536) + 65_536, alignment: 64)
    }

    deinit { memory.deallocate() }

    /// Empties the ring for a new session whose frames go to `port`.
    func begin(_ record: SentSession, stride: Int, port: Int?) {
        state.withLock { state in
            // One frame more than the depth: the end frame must always fit.
            let capacity = max(1, depth / stride) + 1
            state.stride = stride
            state.capacity = capacity
            state.head = 0
            state.filled = 0
            state.entries = Array(repeating: Entry(), count: capacity)
            state.record = record
            state.port = port
            state.epoch += 1
            state.faults.beginSession()
        }
    }

    /// Frames that fit besides the end frame.
    var free: Int { state.withLock { max(0, $0.capacity - 1 - $0.filled) } }

    /// Frames that wait.
    var waiting: Int { state.withLock { $0.filled } }

    /// Stride of the session, bytes.
    var stride: Int { state.withLock { $0.stride } }

    /// Counts the sessions that have begun.
    var epoch: UInt64 { state.withLock { $0.epoch } }

    /// The memory of the frame that will be committed next. The caller has asked for `free`.
    var nextFrame: UnsafeMutableRawBufferPointer {
        let (index, stride) = state.withLock { state in
            precondition(state.filled < state.capacity, "a frame beyond the ring")
            return ((state.head + state.filled) % state.capacity, state.stride)
        }
        return UnsafeMutableRawBufferPointer(start: memory + index * stride, count: stride)
    }

    /// Hands over the frame that was built in `nextFrame`.
    func commit(_ entry: Entry) {
        state.withLock { state in
            state.entries[(state.head + state.filled) % state.capacity] = entry
            state.filled += 1
        }
    }

    /// Copies the next frame for `port`, as faults have changed it, and returns its length; 0 if there is none.
    func copyNext(into buffer: UnsafeMutableRawBufferPointer, port: Int) -> Int {
        state.withLock { state in
            guard state.port == port else { return 0 }
            while true {
                if let held = state.faults.takeHeld(into: buffer) { return held }
                guard state.filled > 0 else { return 0 }
                let entry = state.entries[state.head]
                let source = memory + state.head * state.stride
                guard buffer.count >= max(entry.length, state.stride), let target = buffer.baseAddress else { return 0 }
                memcpy(target, source, entry.length)
                state.head = (state.head + 1) % state.capacity
                state.filled -= 1
                let samples = min(StreamSession.samplesOffset, entry.length)..<entry.length
                state.record?.note(
                    entry, samples: UnsafeRawBufferPointer(start: target + samples.lowerBound, count: samples.count))
                let room = UnsafeMutableRawBufferPointer(start: target, count: state.stride)
                if let length = state.faults.apply(to: room, length: entry.length, isEnd: entry.kind == .none) {
                    return length
                }
            }
        }
    }

    /// Throws away what waits: nobody will read it. Returns frames and symbols of the unit's own.
    func discard() -> (frames: Int, symbols: UInt64) {
        state.withLock { state in
            var symbols: UInt64 = 0
            for offset in 0..<state.filled {
                let entry = state.entries[(state.head + offset) % state.capacity]
                if entry.content == .measured {
                    symbols += UInt64(entry.count)
                    state.record?.noteDropped(first: entry.first, count: UInt64(entry.count))
                }
            }
            defer { state.filled = 0 }
            return (state.filled, symbols)
        }
    }

    /// Overwrites everything.
    func erase() {
        state.withLock { state in
            state.filled = 0
            state.faults.beginSession()
            explicit_bzero(memory, max(depth, 65_536) + 65_536)
        }
    }

    /// Reads or changes the record of the session that the ring belongs to.
    func withRecord<Result>(_ body: (inout SentSession?) -> Result) -> Result {
        state.withLock { body(&$0.record) }
    }

    /// Changes what goes wrong on the way.
    func withFaults(_ body: (inout StreamFaults) -> Void) {
        state.withLock { body(&$0.faults) }
    }

    /// The port that gets the frames.
    var port: Int? {
        get { state.withLock { $0.port } }
        set { state.withLock { $0.port = newValue } }
    }
}
