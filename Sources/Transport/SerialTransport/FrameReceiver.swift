internal import CUnitIO
internal import Glibc
internal import UnitProtocol
internal import UnitTransport

/// Turns the bytes of a line into frames: control frames go to the queue, stream frames into the stream's buffers.
/// Only the line's thread feeds it.
struct FrameReceiver {
    enum Outcome { case progress, gone }

    /// What the start of decoded bytes is; a control frame with another checksum than its own is damaged.
    private enum Header { case none, damaged, sound(FrameHeader) }

    private(set) var channel: StreamChannel?
    private(set) var counters = TransportCounters()
    private let memory: Memory
    private var filled = 0
    private var searched = 0
    private var skipping = false
    private var stride = 0
    private var slot: Int?
    private var used = 0
    private var isSecret = false
    private var hasEnded = true

    /// Undecoded bytes and one decoded frame. Stream samples pass through both, so they are locked and wiped like the
    /// stream's own buffers.
    private final class Memory: @unchecked Sendable {
        // SAFETY: two disjoint buffers of one pool, used by the one thread that owns the receiver's lock.
        static let encodedBytes = 262_144
        let pool: OpaquePointer
        let encoded: UnsafeMutableRawBufferPointer
        let decoded: UnsafeMutableRawBufferPointer
        let isLocked: Bool

        init() throws(TransportError) {
            var locked: Int32 = 0
            guard let pool = cu_pool_create(2, Self.encodedBytes, &locked) else {
                throw .system(call: "mmap", path: "line buffers", code: errno)
            }
            self.pool = pool
            isLocked = locked != 0
            encoded = UnsafeMutableRawBufferPointer(start: cu_pool_buffer(pool, 0), count: Self.encodedBytes)
            decoded = UnsafeMutableRawBufferPointer(start: cu_pool_buffer(pool, 1), count: Frame.maximumBytes)
        }

        deinit { cu_pool_destroy(pool) }

        // Neither is inlined: together in one function they crash the optimiser of Swift 6.3.1 (CopyPropagation).

        /// Decodes into `decoded`; the number of bytes, nil if it is no encoding.
        @inline(never)
        func decode(_ bytes: RawSpan) -> Int? {
            var target = decoded.mutableBytes
            return try? COBS.decode(bytes, into: &target)
        }

        /// The header of the frame in the first `length` decoded bytes. A control frame must be sound: a damaged stream
        /// frame must not pass for one and leave the locked memory. The consumer checks stream frames itself.
        @inline(never)
        func header(_ length: Int) -> Header {
            let frame = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: decoded[..<length]))
            guard let header = try? Frame.peek(frame), header.length == length else { return .none }
            if header.channel == .stream { return .sound(header) }
            return (try? Frame.decode(frame)).map { .sound($0) } ?? .damaged
        }

        /// Overwrites everything but the first `kept` bytes of a frame that is still coming in.
        func wipe(keeping kept: Int) {
            cu_pool_wipe(pool, 1, decoded.count)
            if kept == 0 { cu_pool_wipe(pool, 0, encoded.count) }
        }
    }

    init() throws(TransportError) { memory = try Memory() }

    /// Raw key passes through these buffers before it reaches the stream's own: both must be locked.
    mutating func begin(_ channel: StreamChannel, _ geometry: StreamGeometry) throws(TransportError) {
        guard memory.isLocked || !geometry.secret else { throw .memoryNotLocked(bytes: 2 * Memory.encodedBytes) }
        end(.closed)
        self.channel = channel
        hasEnded = false
        stride = geometry.frameBytes
        isSecret = geometry.secret
    }

    mutating func end(_ error: TransportError) {
        deliver()
        channel?.finish(error)
        hasEnded = true
        // A finished channel stays until the next one begins, so that what it holds can still be read.
        slot = nil
        used = 0
        if isSecret { memory.wipe(keeping: filled) }
        isSecret = false
    }

    /// Whether one more read could bring more frames than there are buffers for.
    var isStarving: Bool {
        guard let channel, !hasEnded else { return false }
        return channel.spareCount <= Memory.encodedBytes / channel.bufferBytes
    }

    /// Whether frames wait in a buffer that is not yet full.
    var holdsUndelivered: Bool { used > 0 }

    /// Hands over the frames collected so far if the consumer waits for some: a buffer that is sent off with a single frame
    /// in it is lost to a burst.
    mutating func deliverIfWanted() {
        if channel?.isDrained ?? false { deliver() }
    }

    /// Hands over the frames collected so far.
    private mutating func deliver() {
        guard let channel, let slot else { return }
        channel.commit(slot, count: used)
        self.slot = nil
        used = 0
    }

    /// Reads once and takes out the whole frames.
    mutating func read(from descriptor: Int32, control: ControlQueue) -> Outcome {
        let free = memory.encoded.count - filled
        let count = Glibc.read(descriptor, memory.encoded.baseAddress.map { $0 + filled }, free)
        if count == 0 { return .gone }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? .progress : .gone }
        counters.receivedBytes += UInt64(count)
        filled += count
        takeFrames(control)
        return .progress
    }

    private mutating func takeFrames(_ control: ControlQueue) {
        guard let base = memory.encoded.baseAddress else { return }
        var start = 0
        while let end = memchr(base + searched, 0, filled - searched) {
            let stop = UnsafeRawPointer(end) - UnsafeRawPointer(base)
            if skipping {
                counters.discardedBytes += UInt64(stop - start)
                skipping = false
            } else if stop > start {
                accept(RawSpan(_unsafeStart: base + start, byteCount: stop - start), control)
            }
            start = stop + 1
            searched = start
        }
        searched = filled
        if start > 0 {
            memmove(base, base + start, filled - start)
            filled -= start
            searched = filled
        }
        // Longer than any frame and still no end: noise. Drop it and go on behind the next zero.
        if filled > COBS.maximumEncodedBytes(for: Frame.maximumBytes) || skipping {
            counters.discardedBytes += UInt64(filled)
            if !skipping { counters.undecodable += 1 }
            skipping = true
            filled = 0
            searched = 0
        }
    }

    private mutating func accept(_ encoded: RawSpan, _ control: ControlQueue) {
        guard let length = memory.decode(encoded) else { return discard(encoded.byteCount) }
        let header: FrameHeader
        switch memory.header(length) {
        case .none: return discard(encoded.byteCount)
        case .damaged:
            counters.wrongChecksums += 1
            return discard(encoded.byteCount)
        case .sound(let found): header = found
        }
        switch header.channel {
        case .reply, .event: control.append(Array(memory.decoded[..<length]))
        case .stream: store(length)
        case .request, .peer: discard(encoded.byteCount)
        }
    }

    private mutating func discard(_ bytes: Int) {
        counters.undecodable += 1
        counters.discardedBytes += UInt64(bytes)
    }

    private mutating func store(_ length: Int) {
        guard let channel, length <= stride else { return discard(length) }
        if slot == nil {
            slot = channel.takeSpare()
            used = 0
        }
        guard let slot else {
            counters.overruns += 1
            counters.droppedStreamFrames += 1
            return
        }
        let buffer = channel.buffer(slot)
        // SAFETY: used is a multiple of stride below the buffer's size, length <= stride.
        UnsafeMutableRawBufferPointer(rebasing: buffer[used..<(used + length)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory.decoded[..<length]))
        used += stride
        // A waiting consumer gets what is here; a busy one gets full buffers.
        if used + stride > channel.bufferBytes || channel.isDrained { deliver() }
    }
}
