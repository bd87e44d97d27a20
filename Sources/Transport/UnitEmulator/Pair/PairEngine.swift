internal import CUnitIO
internal import Glibc
internal import Synchronization
internal import UnitProtocol
internal import UnitTransport

/// What drives a pair: its world, its units' ports, and the thread that makes symbols. The thread holds the engine and
/// not the pair, so that a pair that nobody wants any more can end it.
final class PairEngine: Sendable {
    let alice: EmulatedUnit
    let bob: EmulatedUnit
    let state: PairLock<PairState>
    private let clock: HostClock
    private let name: String
    private let isStopping = Atomic<Bool>(false)
    private let thread = Atomic<UInt>(0)

    init(_ configuration: PairConfiguration, clock: HostClock) {
        self.clock = clock
        name = "pair-\(configuration.index)"
        let world = PairState(configuration, now: clock.now.nanoseconds)
        let (aliceFIFO, bobFIFO) = (world.alice.fifo, world.bob.fifo)
        let lock = PairLock(world)
        state = lock
        alice = EmulatedUnit(.alice, configuration.unit(.alice), world: lock, fifo: aliceFIFO, clock: clock)
        bob = EmulatedUnit(.bob, configuration.unit(.bob), world: lock, fifo: bobFIFO, clock: clock)
    }

    /// Does what has become due, and at most one slot at each end; says whether more is due already.
    func step() -> Bool {
        let now = clock.now.nanoseconds
        return state.withLockLast { state in
            let isBusy = state.advance(now: now)
            alice.flush(state)
            bob.flush(state)
            return isBusy
        }
    }

    /// Between slots a session wants about the time of a slot; without one, the 50 ms in which a unit has to go dark are
    /// far off.
    var pause: Duration { alice.isStreaming || bob.isStreaming ? .microseconds(200) : .milliseconds(2) }

    func start() {
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<PairEngine>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "pthread_create failed with \(code)")
        thread.store(UInt(handle), ordering: .sequentiallyConsistent)
    }

    /// Ends the thread and waits for it. Idempotent.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        let handle = thread.exchange(0, ordering: .sequentiallyConsistent)
        if handle != 0 { pthread_join(pthread_t(handle), nil) }
    }

    private func run() {
        cu_name_thread(name)
        while !isStopping.load(ordering: .relaxed) {
            if !step() { usleep(UInt32(pause.components.attoseconds / 1_000_000_000_000)) }
        }
    }
}
