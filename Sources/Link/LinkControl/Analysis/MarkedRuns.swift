internal import UnitProtocol

/// Compares what Bob's unit delivered as signal with what Alice's unit marked as training. The mark is hers: a run that she
/// marked is public, whatever Bob's unit calls it, and must not become key.
///
/// Both sides come in the order of symbols, and either may be ahead.
struct MarkedRuns {
    private struct Run {
        var first: UInt64
        var count: UInt32
        var end: UInt64 { first &+ UInt64(count) }
    }

    /// One side may be ahead by so many frames; beyond, the oldest go uncompared, counted.
    static let depth = 16_384
    private var signal: [Run] = []
    private var marked: [Run] = []
    /// Symbols that Bob's unit delivered as signal and Alice's marked as training.
    private(set) var symbols: UInt64 = 0
    /// The first of them.
    private(set) var firstSymbol: UInt64?
    /// Frames of either side that were not compared.
    private(set) var uncompared: UInt64 = 0
    /// Frames of Alice's that this side was told of, with those that she left out.
    private(set) var heard: UInt64 = 0

    init() { signal.reserveCapacity(Self.depth) }

    /// Remembers a frame of Bob's until the marks come, some 0.1 s later.
    mutating func remember(_ frame: StreamFrame) {
        guard frame.kind == .signal else { return }
        makeRoom(\.signal, for: 1)
        signal.append(Run(first: frame.firstSymbol, count: frame.count))
    }

    /// Looks at what Alice's unit marked since the last call.
    mutating func compare(_ statement: DisclosureStatement) {
        heard &+= UInt64(statement.frames.count) &+ statement.unchecked
        let runs = statement.frames.suffix(Self.depth)
        uncompared &+= statement.unchecked &+ UInt64(statement.frames.count - runs.count)
        makeRoom(\.marked, for: runs.count)
        marked += runs.map { Run(first: $0.first, count: $0.count) }
        var (own, mark) = (0, 0)
        while own < signal.count, mark < marked.count {
            let (start, end) = (
                max(signal[own].first, marked[mark].first), min(signal[own].end, marked[mark].end)
            )
            if start < end {
                symbols &+= end - start
                firstSymbol = firstSymbol ?? start
            }
            // What ends first meets nothing any more.
            if signal[own].end <= marked[mark].end { own += 1 } else { mark += 1 }
        }
        signal.removeFirst(own)
        marked.removeFirst(mark)
    }

    private mutating func makeRoom(_ side: WritableKeyPath<MarkedRuns, [Run]>, for count: Int) {
        let excess = self[keyPath: side].count + count - Self.depth
        guard excess > 0 else { return }
        // Half of them at once: moving the rest costs as much for one.
        let dropped = min(self[keyPath: side].count, max(excess, Self.depth / 2))
        self[keyPath: side].removeFirst(dropped)
        uncompared &+= UInt64(dropped)
    }
}
