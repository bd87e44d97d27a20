internal import CUnitIO
internal import Glibc
internal import UnitProtocol
internal import UnitTransport

/// A unit behind a pseudo-terminal: real termios, real hang-ups. One thread reads requests and writes, replies and
/// events before stream frames.
///
/// The unit keeps its name: `link` is a symbolic link to the present terminal, and is there only while the unit is.
public final class PTYPort: HostPort {
    /// The stable name.
    public let link: String
    private let unit: EmulatedUnit
    private let event: Int32
    private let shared = Guarded(Shared())
    private let thread = Guarded<pthread_t?>(nil)
    private let number = Guarded(0)

    private struct Shared {
        /// Encoded control frames and garbage, in order.
        var outbox = ControlOutbox()
        var isWanted = true
        /// Counts the times that the unit left: a quick return must not go unnoticed.
        var departures = 0
        var isStopping = false
        var noise = LineNoise()
    }

    /// Why a terminal could not be made.
    public struct Fault: Error, CustomStringConvertible {
        /// What failed, and why.
        public let description: String
    }

    /// Puts a unit behind a terminal. `link` must lie in a directory that exists; an old link there is replaced.
    public init(_ unit: EmulatedUnit, link: String) throws(Fault) {
        self.unit = unit
        self.link = link
        event = cu_event_create()
        guard event >= 0 else { throw Fault(description: "eventfd: \(String(cString: strerror(-event)))") }
        let line = try PTYLine(link: link)
        let port = unit.add(self)
        number.withLock { $0 = port }
        let loop = PTYLoop(port: self, unit: unit, number: port, line: line)
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<PTYLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(loop).toOpaque())
        precondition(code == 0, "pthread_create failed with \(code)")
        thread.withLock { $0 = handle }
    }

    deinit { close(event) }

    /// Takes the terminal and its link away. Returns when the thread, which otherwise keeps the port alive, has ended.
    public func stop() {
        shared.withLock { $0.isStopping = true }
        cu_event_set(event)
        if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
        unit.remove(number.withLock { $0 })
    }

    // MARK: The unit's side

    func deliver(_ frame: [UInt8]) {
        send(SerialEncoder.encode(frame), isEvent: ControlOutbox.isEvent(frame))
    }

    /// Ended by a delimiter, or the garbage would take the next frame with it.
    func deliverGarbage(_ bytes: [UInt8]) { send(bytes + [0], isEvent: false) }

    func streamReady() { cu_event_set(event) }

    func spoil(_ fault: WireFault, count: Int) { shared.withLock { $0.noise.add(fault, count: count) } }

    func vanish() {
        shared.withLock { shared in
            shared.isWanted = false
            shared.departures += 1
        }
        cu_event_set(event)
    }

    func appear(isBootloader: Bool) {
        shared.withLock { $0.isWanted = true }
        cu_event_set(event)
    }

    private func send(_ bytes: [UInt8], isEvent: Bool) {
        shared.withLock { $0.outbox.append(bytes, isEvent: isEvent, of: unit) }
        cu_event_set(event)
    }

    // MARK: The thread's side

    /// What the thread is to do next.
    struct Orders {
        var isStopping: Bool
        var isWanted: Bool
        var departures: Int
    }

    var orders: Orders {
        shared.withLock {
            Orders(isStopping: $0.isStopping, isWanted: $0.isWanted, departures: $0.departures)
        }
    }

    func takeOutbox() -> [UInt8]? {
        shared.withLock { $0.outbox.takeFirst() }
    }

    /// Encodes a stream frame, as noise lets it through.
    func append(_ frame: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        shared.withLock { $0.noise.append(frame, to: &output) }
    }

    /// Nobody listens: what waits is lost, as on a cut line.
    func clearOutbox() { shared.withLock { $0.outbox.removeAll() } }

    /// Waits for the line or for orders. Returns CU_ flags for the line.
    func wait(_ descriptor: Int32, wantsRoom: Bool, milliseconds: Int32) -> Int32 {
        let wanted = Int32(CU_READABLE) | (wantsRoom ? Int32(CU_WRITABLE) : 0)
        let mask = cu_wait(descriptor, wanted, event, milliseconds)
        cu_event_clear(event)
        return max(0, mask)
    }
}
