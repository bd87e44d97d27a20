public import UnitTransport

/// Two emulated units, the fibre between them, and the thread that makes their symbols.
public final class EmulatedPair: Sendable {
    /// What the pair was made with.
    public let configuration: PairConfiguration
    private let engine: PairEngine

    /// Powers a pair up, in the time of a clock. Its thread runs until `stop()`, or until the pair is released; it waits by
    /// the machine's own timers, so a pair in another time has no thread and is driven by `step`.
    public init(_ configuration: PairConfiguration, clock: HostClock = .monotonic) {
        self.configuration = configuration
        engine = PairEngine(configuration, clock: clock)
        if configuration.hasThread { engine.start() }
    }

    deinit { engine.stop() }

    /// The transmitter.
    public var alice: EmulatedUnit { engine.alice }

    /// The receiver.
    public var bob: EmulatedUnit { engine.bob }

    /// The unit with this serial number.
    public func unit(serial: String) -> EmulatedUnit? {
        [alice, bob].first { $0.configuration.serial == serial }
    }

    /// Does what has become due, and at most one slot at each end; says whether more is due already. The thread does
    /// nothing else; a test without a thread calls it.
    @discardableResult
    public func step() -> Bool { engine.step() }

    /// How long the pair may be left alone once nothing is due.
    public var pause: Duration { engine.pause }

    /// What a perfect estimator would read from these symbols of a session, and the interval that the answer covers,
    /// in whole slots. Nil if Bob's unit took none of them or has forgotten them.
    public func truth(session: UInt64, symbols: Range<UInt64>) -> (truth: Truth, covered: Range<UInt64>)? {
        engine.state.withLock { $0.optics.truth.truth(session: session, symbols) }
    }

    /// Puts an attack or a fault of the optics in force, or ends all of them (`.none`). From the next slot on.
    public func inject(_ attack: Attack, strength: Double? = nil) {
        engine.state.withLock { $0.optics.attacks.set(attack, strength: strength ?? attack.defaultStrength) }
    }

    /// Attacks and faults of the optics in force.
    public var attacks: AttackSet { engine.state.withLock { $0.optics.attacks } }

    /// Messages that have arrived on the units' own channel.
    public var peerMessages: UInt64 { engine.state.withLock { $0.channel.delivered } }

    /// Ends the thread. Idempotent.
    public func stop() { engine.stop() }
}
