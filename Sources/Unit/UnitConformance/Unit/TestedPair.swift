internal import UnitTransport

/// Both units of a pair.
final class TestedPair {
    let alice: TestedUnit
    let bob: TestedUnit
    /// What is waited and measured by.
    var clock: HostClock { alice.clock }
    /// One session of both that several checks look at.
    var sharedSession: PairSession?

    init(alice: TestedUnit, bob: TestedUnit) {
        self.alice = alice
        self.bob = bob
    }
}
