internal import CUnitIO
internal import Glibc
internal import UnitTransport

/// Equal buffers for raw key and for keys: locked into memory, left out of core files, wiped in a forked child, and
/// overwritten when they come back. Their number never grows.
public final class SecretPool: @unchecked Sendable {
    // SAFETY: `pool` and `base` are immutable after init; a slot belongs to the one `SecretBuffer` that names it.
    private let pool: OpaquePointer
    private let base: UnsafeMutableRawPointer
    private let stride: Int
    private let spare: Guarded<[Int]>
    private let returned = WaitPoint()
    /// Bytes of each buffer.
    public let bufferBytes: Int
    /// Number of buffers.
    public let bufferCount: Int

    /// Buffers begin on borders of so many bytes: a cache line, and what vector kernels like.
    private static let alignment = 64

    /// Makes the buffers.
    ///
    /// Throws `.outOfMemory`, or `.memoryNotLocked` if the kernel does not lock them.
    public init(buffers: Int, bytes: Int) throws(RawKeyError) {
        precondition(buffers > 0 && bytes > 0, "a pool has buffers")
        let stride = (bytes + Self.alignment - 1) / Self.alignment * Self.alignment
        var locked: Int32 = 0
        guard let pool = cu_pool_create(1, buffers * stride, &locked) else {
            throw .outOfMemory(bytes: buffers * stride, code: errno)
        }
        guard locked != 0 else {
            cu_pool_destroy(pool)
            throw .memoryNotLocked(bytes: buffers * stride)
        }
        self.pool = pool
        self.stride = stride
        base = cu_pool_buffer(pool, 0)
        bufferBytes = bytes
        bufferCount = buffers
        // The lowest one is taken first: a pool that is never full touches few pages.
        spare = Guarded(Array((0..<buffers).reversed()))
    }

    // Every buffer holds its pool, so none is in use here.
    deinit { cu_pool_destroy(pool) }

    /// A buffer that nobody has; nil if there is none.
    public func take() -> SecretBuffer? {
        spare.withLock { $0.popLast() }.map { SecretBuffer(self, slot: $0) }
    }

    /// Buffers that nobody has.
    public var spareCount: Int { spare.withLock { $0.count } }

    /// Returns when `count` buffers are spare, or when the task is cancelled. One task may wait.
    public func waitForSpare(_ count: Int) async {
        precondition(count <= bufferCount, "more buffers are waited for than there are")
        while spareCount < count, !Task.isCancelled {
            await returned.wait { self.spareCount >= count }
        }
    }

    fileprivate func start(_ slot: Int) -> UnsafeMutableRawPointer { base + slot * stride }

    fileprivate func giveBack(_ slot: Int, used: Int) {
        explicit_bzero(start(slot), used)
        spare.withLock { $0.append(slot) }
        returned.signal()
    }
}

/// One buffer of a pool, with one owner. Its bytes are overwritten at the end of its life.
public struct SecretBuffer: ~Copyable, Sendable {
    private let pool: SecretPool
    private let slot: Int
    /// Up to here there may be secrets.
    private var touched = 0
    /// Bytes in use.
    public private(set) var count = 0

    fileprivate init(_ pool: SecretPool, slot: Int) {
        self.pool = pool
        self.slot = slot
    }

    deinit { pool.giveBack(slot, used: touched) }

    /// The most bytes that it holds.
    public var capacity: Int { pool.bufferBytes }

    /// The bytes in use, in place.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: the slot is this buffer's until its deinit, and the span cannot outlive the borrow.
            let start = UnsafeRawPointer(pool.start(slot))
            return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), borrowing: self)
        }
    }

    /// Copies bytes behind those in use.
    mutating func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= capacity - count, "a secret buffer is full")
        bytes.withUnsafeBytes { source in
            guard let address = source.baseAddress else { return }
            // SAFETY: `count` bytes from the slot's start are in use, and the rest is asked for above.
            (pool.start(slot) + count).copyMemory(from: address, byteCount: source.count)
        }
        count += bytes.byteCount
        touched = max(touched, count)
    }

    /// Sets how many bytes are in use; those beyond are overwritten at the latest with the others.
    mutating func setCount(_ count: Int) {
        precondition((0...capacity).contains(count))
        self.count = count
        touched = max(touched, count)
    }

    /// All bytes, in use or not.
    mutating func withAll<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        // Whoever has the whole may write anywhere in it.
        touched = capacity
        return body(UnsafeMutableRawBufferPointer(start: pool.start(slot), count: capacity))
    }

    /// What is in use is no secret any more: it was sealed. It need not be overwritten.
    mutating func markSealed() {
        // Behind it nothing was ever written, or it still has to go.
        if touched <= count { touched = 0 }
    }

    /// What is in use becomes a secret: it is opened.
    mutating func markSecret() { touched = max(touched, count) }

    /// The bytes in use, to be changed in place.
    mutating func withBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        body(UnsafeMutableRawBufferPointer(start: pool.start(slot), count: count))
    }
}
