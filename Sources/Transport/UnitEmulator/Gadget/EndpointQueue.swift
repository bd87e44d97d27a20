internal import CUnitIO
internal import Glibc

/// One endpoint file of FunctionFS and the requests that are under way on it. Used by one thread.
struct EndpointQueue: ~Copyable {
    let address: UInt8
    private let file: OwnedFile
    /// Octets of each request's buffer.
    let bytes: Int
    /// The context's slots that are this endpoint's.
    let slots: Range<Int>
    /// IN: the last request ended no transfer of the host's, which therefore waits for more.
    private(set) var isOpen = false
    private let context: OpaquePointer
    private let memory: UnsafeMutableRawPointer
    private var spare: [Int]
    /// In which life of the endpoint a slot's request was started.
    private var lives: [Int]

    init(address: UInt8, file: consuming OwnedFile, bytes: Int, slots: Range<Int>, context: OpaquePointer) {
        self.address = address
        self.file = file
        self.bytes = bytes
        self.slots = slots
        self.context = context
        memory = .allocate(byteCount: bytes * slots.count, alignment: 4096)
        spare = Array(slots.reversed())
        lives = Array(repeating: 0, count: slots.count)
    }

    /// The context is destroyed before: no request may be under way.
    deinit { memory.deallocate() }

    var isIdle: Bool { spare.count == slots.count }
    var spareCount: Int { spare.count }

    /// The buffer that the next request will use. There must be a spare one.
    var nextBuffer: UnsafeMutableRawBufferPointer { buffer(spare[spare.count - 1]) }

    private func buffer(_ slot: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory + (slot - slots.lowerBound) * bytes, count: bytes)
    }

    /// Lets the host send the next transfer. False: the endpoint is not enabled.
    mutating func read(life: Int) -> Bool {
        guard let slot = spare.last else { return true }
        guard cu_aio_read(context, UInt32(slot), file.number, buffer(slot).baseAddress, bytes) == 0 else {
            return false
        }
        note(slot, life)
        return true
    }

    /// Sends the first `count` octets of `nextBuffer`. None is a zero-length packet, which ends the host's transfer.
    mutating func write(_ count: Int, endsTransfer: Bool, life: Int) -> Bool {
        guard let slot = spare.last else { return false }
        guard cu_aio_write(context, UInt32(slot), file.number, buffer(slot).baseAddress, count) == 0 else {
            return false
        }
        isOpen = !endsTransfer
        note(slot, life)
        return true
    }

    private mutating func note(_ slot: Int, _ life: Int) {
        spare.removeLast()
        lives[slot - slots.lowerBound] = life
    }

    /// A request has ended. Returns what its buffer holds until the next request, and when it was started.
    mutating func ended(_ slot: Int) -> (buffer: UnsafeMutableRawBufferPointer, life: Int) {
        spare.append(slot)
        return (buffer(slot), lives[slot - slots.lowerBound])
    }

    /// Asks for an early end of all requests.
    mutating func cancel() {
        for slot in slots where !spare.contains(slot) { cu_aio_cancel(context, UInt32(slot)) }
    }

    /// The endpoint starts afresh.
    mutating func startAfresh() { isOpen = false }

    /// Halts an IN endpoint: FunctionFS takes a read there for that wish. False while the controller still has data.
    func halt() -> Bool {
        var octet: UInt8 = 0
        return Glibc.read(file.number, &octet, 1) < 0 && errno == EBADMSG
    }
}
