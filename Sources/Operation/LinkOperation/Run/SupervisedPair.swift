public import UnitControl
public import UnitProtocol
public import UnitTransport

/// How the two units of a link were named, to find them again.
public struct LinkSelectors: Sendable, Hashable {
    /// Transmitter.
    public var alice: UnitSelector
    /// Receiver.
    public var bob: UnitSelector

    /// Two names.
    public init(alice: UnitSelector, bob: UnitSelector) {
        self.alice = alice
        self.bob = bob
    }
}

/// The two units of a link.
public struct LinkUnits: Sendable {
    /// Transmitter.
    public let alice: Unit
    /// Receiver.
    public let bob: Unit

    /// Two units that are open; nothing is asked of them yet.
    public init(alice: Unit, bob: Unit) {
        self.alice = alice
        self.bob = bob
    }

    /// The longer of the times without heartbeats that cost a unit its light; nil if there is none.
    var pause: HostPause? {
        get async {
            let both = [await alice.pause, await bob.pause].compactMap { $0 }
            return both.max { $0.duration < $1.duration }
        }
    }

    /// The unit of a role.
    public subscript(role: UnitRole) -> Unit { role == .alice ? alice : bob }
}

/// The two units of a run, each under a supervisor that finds it again after a failure.
struct SupervisedPair: Sendable {
    private let alice: UnitSupervisor
    private let bob: UnitSupervisor
    private let policy: RecoveryPolicy

    init(
        _ units: LinkUnits, _ names: LinkSelectors, absence: Duration, finder: any UnitFinder, hostName: String,
        clock: HostClock
    ) {
        var policy = RecoveryPolicy()
        policy.absence = absence
        self.policy = policy
        alice = UnitSupervisor(
            names.alice, adopting: units.alice, hostName: hostName, finder: finder, policy: policy, clock: clock)
        bob = UnitSupervisor(
            names.bob, adopting: units.bob, hostName: hostName, finder: finder, policy: policy, clock: clock)
    }

    /// Both units as they are now, opened again if need be.
    func units() async throws(UnitError) -> LinkUnits {
        LinkUnits(
            alice: try await alice.unit(within: policy.absence), bob: try await bob.unit(within: policy.absence))
    }

    /// Makes the unit that failed usable again. Returns the step that helped; throws what ends the link.
    func recover(_ role: UnitRole, _ units: LinkUnits, after error: UnitError) async throws(UnitError) -> RecoveryStep {
        let supervisor = role == .alice ? alice : bob
        return try await supervisor.recover(units[role], after: error).step
    }

    /// A session ran for so long: if that is steady, earlier failures are forgotten.
    func ran(for time: Duration) async {
        guard time >= policy.steadyTime else { return }
        await alice.noteSteadySession()
        await bob.noteSteadySession()
    }

    /// What was done for each unit.
    func counters() async -> PairRecovery { PairRecovery(alice: await alice.counters, bob: await bob.counters) }

    /// Closes both units.
    func close() async {
        await alice.close()
        await bob.close()
    }
}

/// What recovery has done for the two units of a link.
public struct PairRecovery: Sendable, Equatable {
    /// For Alice's.
    public var alice = RecoveryCounters()
    /// For Bob's.
    public var bob = RecoveryCounters()
}
