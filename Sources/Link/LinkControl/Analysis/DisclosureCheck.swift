internal import Digests

/// Compares the training frames that Alice's unit disclosed to Bob's with those that she streamed, by their digests. Each
/// side is in order of symbols, so two short queues suffice; what has no partner (Bob had vacuum there, or a frame was
/// lost) is passed over.
struct DisclosureCheck {
    /// One stream may run ahead of the other by so many training frames; beyond, the oldest go unchecked, counted.
    static let depth = 16_384
    private var streamed: [TrainingDigest] = []
    private var disclosed: [TrainingDigest] = []
    private(set) var comparedSymbols: UInt64 = 0
    private(set) var unchecked: UInt64 = 0
    private(set) var firstDifference: UInt64?

    /// Takes what Alice's end says that she streamed.
    mutating func add(streamed statement: DisclosureStatement) { add(statement, to: \.streamed) }

    /// Takes what Bob's end says that his unit was told.
    mutating func add(disclosed statement: DisclosureStatement) { add(statement, to: \.disclosed) }

    private mutating func add(
        _ statement: DisclosureStatement, to queue: WritableKeyPath<DisclosureCheck, [TrainingDigest]>
    ) {
        unchecked &+= statement.unchecked
        self[keyPath: queue] += statement.frames
        let excess = self[keyPath: queue].count - Self.depth
        if excess > 0 {
            self[keyPath: queue].removeFirst(excess)
            unchecked &+= UInt64(excess)
        }
        compare()
    }

    private mutating func compare() {
        var (a, b) = (0, 0)
        while a < streamed.count, b < disclosed.count {
            let (ours, theirs) = (streamed[a], disclosed[b])
            if ours.first == theirs.first {
                if ours.count == theirs.count {
                    comparedSymbols &+= UInt64(ours.count)
                    if ours.digest != theirs.digest && firstDifference == nil { firstDifference = ours.first }
                }
                a += 1
                b += 1
            } else if ours.first < theirs.first {
                a += 1
            } else {
                b += 1
            }
        }
        streamed.removeFirst(a)
        disclosed.removeFirst(b)
    }
}
