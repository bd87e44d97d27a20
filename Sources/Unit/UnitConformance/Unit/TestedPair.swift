/// Both units of a pair.
final class TestedPair {
    let alice: TestedUnit
    let bob: TestedUnit
    /// One session of both that several checks look at.
    var sharedSession: PairSession?

    init(alice: TestedUnit, bob: TestedUnit) {
        self.alice = alice
        self.bob = bob
    }
}
