internal import CUnitIO
internal import Glibc
internal import Synchronization
internal import UnitProtocol

/// Two emulated units, the fibre between them, and the thread that makes their symbols.
public final class EmulatedPair: Sendable {
    /// The transmitter.
    public let alice: EmulatedUnit
    /// The receiver.
    public let bob: EmulatedUnit
    /// What the pair was made with.
    public let configuration: PairConfiguration

    private let state: PairLock<PairState>
    private let clock: any UnitClock
    private let isStopping = Atomic<Bool>(false)
    private let thread = Atomic<UInt>(0)

    /// Powers a pair up. Its thread runs until `stop()`.
    public init(_ configuration: PairConfiguration, clock: any UnitClock = MonotonicClock()) {
        self.configuration = configuration
        self.clock = clock
        let world = PairState(configuration, now: clock.nanoseconds)
        let (aliceFIFO, bobFIFO) = (world.alice.fifo, world.bob.fifo)
        let lock = PairLock(world)
        state = lock
        alice = EmulatedUnit(.alice, configuration.unit(.alice), world: lock, fifo: aliceFIFO, clock: clock)
        bob = EmulatedUnit(.bob, configuration.unit(.bob), world: lock, fifo: bobFIFO, clock: clock)
        if configuration.hasThread { start() }
    }

    deinit { stop() }

    /// The unit with this serial number.
    public func unit(serial: String) -> EmulatedUnit? {
        [alice, bob].first { $0.configuration.serial == serial }
    }

    /// Does what has become due, and at most one slot at each end; says whether more is due already. The thread does
    /// nothing else; a test without a thread calls it.
    @discardableResult
    public func step() -> Bool {
        let now = clock.nanoseconds
        return state.withLockLast { state in
            let isBusy = state.advance(now: now)
            alice.flush(state)
            bob.flush(state)
            return isBusy
        }
    }

    /// What a perfect estimator would read from these symbols of a session, and the interval that the answer covers,
    /// in whole slots. Nil if Bob's unit took none of them or has forgotten them.
    public func truth(session: UInt64, symbols: Range<UInt64>) -> (truth: Truth, covered: Range<UInt64>)? {
        state.withLock { $0.optics.truth.truth(session: session, symbols) }
    }

    /// Messages that have arrived on the units' own channel.
    public var peerMessages: UInt64 { state.withLock { $0.channel.delivered } }

    /// Ends the thread. Idempotent.
    public func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        let handle = thread.exchange(0, ordering: .sequentiallyConsistent)
        if handle != 0 { pthread_join(pthread_t(handle), nil) }
    }

    private func start() {
        // The thread must not keep the pair alive: it holds what it needs and no more.
        let loop = Loop(pair: self)
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Loop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(loop).toOpaque())
        precondition(code == 0, "pthread_create failed with \(code)")
        thread.store(UInt(handle), ordering: .sequentiallyConsistent)
    }

    private final class Loop: Sendable {
        private unowned let pair: EmulatedPair

        init(pair: EmulatedPair) { self.pair = pair }

        /// `stop()` joins before the pair goes, so the reference is good for as long as this runs.
        func run() {
            cu_name_thread("pair-\(pair.configuration.index)")
            while !pair.isStopping.load(ordering: .relaxed) {
                if !pair.step() { usleep(pair.isStreaming ? 200 : 2_000) }
            }
        }
    }

    private var isStreaming: Bool { alice.isStreaming || bob.isStreaming }
}
