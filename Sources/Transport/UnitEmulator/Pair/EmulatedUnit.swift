internal import Synchronization
internal import UnitProtocol
internal import UnitTransport

/// One emulated unit as its ports and its operator see it. Any thread.
public final class EmulatedUnit: Sendable {
    /// What the unit is built of.
    public let configuration: UnitConfiguration
    private let role: UnitRole
    private let world: PairLock<PairState>
    private let fifo: StreamFIFO
    private let clock: HostClock
    private let ports = Guarded(Ports())
    private let streaming = Atomic<Bool>(false)

    private struct Ports {
        var next = 1
        private(set) var byNumber: [Int: any HostPort] = [:]
        var areThere = true

        /// In a dictionary of its own: the old one may be under somebody's eyes.
        mutating func set(_ port: (any HostPort)?, _ number: Int) {
            var changed = byNumber
            changed[number] = port
            byNumber = changed
        }
    }

    init(
        _ role: UnitRole, _ configuration: UnitConfiguration, world: PairLock<PairState>, fifo: StreamFIFO,
        clock: HostClock
    ) {
        self.role = role
        self.configuration = configuration
        self.world = world
        self.fifo = fifo
        self.clock = clock
    }

    // MARK: Ports

    /// Adds a port and returns its number.
    func add(_ port: any HostPort) -> Int {
        ports.withLock { ports in
            defer { ports.next += 1 }
            ports.set(port, ports.next)
            return ports.next
        }
    }

    /// Takes a port away for good.
    func remove(_ number: Int) {
        portClosed(number)
        ports.withLock { $0.set(nil, number) }
    }

    /// A whole frame from a host.
    func receive(_ frame: [UInt8], port: Int) {
        let now = clock.now.nanoseconds
        world.withLock { state in
            state.unit(role).receive(frame, port: port, now: now)
            flush(state)
        }
    }

    /// The host of a port is gone.
    func portClosed(_ port: Int) {
        let now = clock.now.nanoseconds
        world.withLock { state in
            state.unit(role).portClosed(port, now: now)
            flush(state)
        }
    }

    /// Copies the next stream frame for a port and returns its length, 0 if there is none. The buffer holds 65,536 bytes.
    func takeStreamFrame(into buffer: UnsafeMutableRawBufferPointer, port: Int) -> Int {
        isPlugged ? fifo.copyNext(into: buffer, port: port) : 0
    }

    /// Stride of the running session, bytes.
    var stride: Int { fifo.stride }

    /// Counts the sessions that have begun.
    var streamEpoch: UInt64 { fifo.epoch }

    /// Whether a session runs or its frames wait.
    var isStreaming: Bool { streaming.load(ordering: .relaxed) }

    /// Whether the unit is on its ports at all.
    var isPlugged: Bool { ports.withLock { $0.areThere } }

    /// Carries out what the firmware wants of its ports. Under the world's lock: ports only note it.
    func flush(_ state: PairState) {
        let firmware = state.unit(role)
        let orders = firmware.takeOrders()
        let waits = fifo.waiting > 0
        streaming.store(waits || firmware.session?.isEnded == false, ordering: .relaxed)
        guard waits || !orders.isEmpty else { return }
        let (byNumber, streamPort) = (ports.withLock { $0.byNumber }, fifo.port)
        for order in orders {
            switch order {
            case .send(let port, let frame): byNumber[port]?.deliver(frame)
            case .garbage(let port, let bytes): byNumber[port]?.deliverGarbage(bytes)
            case .vanish: leavePorts()
            case .appear(let isBootloader):
                ports.withLock { $0.areThere = true }
                for port in byNumber.values { port.appear(isBootloader: isBootloader) }
            case .spoil(let fault, let count): for port in byNumber.values { port.spoil(fault, count: count) }
            }
        }
        if waits, let streamPort { byNumber[streamPort]?.streamReady() }
    }

    private func leavePorts() {
        let leaving = ports.withLock { ports in
            defer { ports.areThere = false }
            return ports.areThere ? Array(ports.byNumber.values) : []
        }
        for port in leaving { port.vanish() }
    }

    // MARK: Operator

    /// Makes something go wrong; `value` as the fault's explanation says.
    public func inject(_ fault: Fault, value: Double? = nil) {
        let now = clock.now.nanoseconds
        world.withLock { state in
            // The cable goes first: what the firmware still says on losing its host reaches nobody.
            if fault == .unplug { leavePorts() }
            state.unit(role).inject(fault, value: value ?? fault.defaultValue, now: now)
            flush(state)
        }
    }

    /// Present state.
    public var state: FirmwareState { world.withLock { $0.unit(role).machine.state } }

    /// What was sent in the sessions that the unit remembers, oldest first; the last may still run.
    public var records: [SentSession] {
        world.withLock { state in
            state.unit(role).finishedRecords + (fifo.withRecord { $0 }.map { [$0] } ?? [])
        }
    }

    /// What was sent in one session.
    public func record(session: UInt64) -> SentSession? { records.last { $0.session == session } }
}
