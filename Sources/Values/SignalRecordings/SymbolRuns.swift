/// Which symbols of two recordings belong together: by their numbers in the session where both have them, else by their
/// places in the files.
public struct SymbolRuns: Sendable, Hashable {
    /// Symbols that lie one behind the other in both files.
    public struct Run: Sendable, Hashable {
        /// First symbol in Alice's file.
        public var alice: Int64
        /// Its partner in Bob's file.
        public var bob: Int64
        /// Pairs.
        public var count: Int64

        /// A run.
        public init(alice: Int64, bob: Int64, count: Int64) {
            self.alice = alice
            self.bob = bob
            self.count = count
        }
    }

    /// The runs in order.
    public let runs: [Run]
    /// Whether numbers of the session were used.
    public let isNumbered: Bool
    /// Pairs in all runs.
    public var symbols: Int64 { runs.reduce(0) { $0.addingClamped($1.count) } }

    /// Delays that a recording or a person may state, symbols to either side: three hours at 1e8 symbols per second.
    public static let farthestDelay: Int64 = 1 << 40

    /// Pairs Bob's symbol i with Alice's symbol i − `delay`. Whatever the numbers are, none is beyond its range: what would
    /// be has no partner.
    public init(
        alice: RecordingMetadata, symbols aliceCount: Int64, bob: RecordingMetadata, symbols bobCount: Int64, delay: Int
    ) {
        let (sent, received) = (Self.intervals(alice, aliceCount), Self.intervals(bob, bobCount))
        isNumbered = sent != nil && received != nil
        let plainAlice = [Interval(index: 0, start: 0, count: aliceCount)]
        let plainBob = [Interval(index: 0, start: 0, count: bobCount)]
        runs = Self.join(isNumbered ? sent ?? [] : plainAlice, isNumbered ? received ?? [] : plainBob, Int64(delay))
    }

    private struct Interval {
        var index: Int64
        var start: Int64
        var count: Int64
    }

    /// Nil if a segment has no number, or if numbers do not rise.
    private static func intervals(_ metadata: RecordingMetadata, _ symbols: Int64) -> [Interval]? {
        let segments = metadata.segments
        guard !segments.isEmpty, segments[0].start == 0 else { return nil }
        var found: [Interval] = []
        found.reserveCapacity(segments.count)
        for (position, segment) in segments.enumerated() {
            guard let index = segment.symbolIndex else { return nil }
            let end = position + 1 < segments.count ? segments[position + 1].start : symbols
            if let last = found.last, index < last.index.addingClamped(last.count) { return nil }
            found.append(Interval(index: index, start: segment.start, count: end - segment.start))
        }
        return found
    }

    private static func join(_ alice: [Interval], _ bob: [Interval], _ delay: Int64) -> [Run] {
        var runs: [Run] = []
        var (a, b) = (0, 0)
        while a < alice.count, b < bob.count {
            let (sent, received) = (alice[a], bob[b])
            let sentIndex = sent.index.addingClamped(delay)
            let (sentEnd, receivedEnd) = (
                sentIndex.addingClamped(sent.count), received.index.addingClamped(received.count)
            )
            let first = max(sentIndex, received.index)
            let end = min(sentEnd, receivedEnd)
            if first < end {
                let run = Run(
                    alice: sent.start + first - sentIndex, bob: received.start + first - received.index,
                    count: end - first)
                // Segments that follow each other in both files are one run again.
                if let last = runs.last, last.alice + last.count == run.alice, last.bob + last.count == run.bob {
                    runs[runs.count - 1].count += run.count
                } else {
                    runs.append(run)
                }
            }
            if sentEnd <= receivedEnd { a += 1 } else { b += 1 }
        }
        return runs
    }
}
