public import UnitControl
public import UnitProtocol

/// Makes raw-key blocks of a session's stream from the moment on at which the grid is known: at Bob's end that is when the
/// delay against Alice is confirmed. Before it no cell is cut; a delay that changes ends the session.
public struct KeyBlocksConsumer: StreamConsumer {
    private let grid: @Sendable () throws(ConsumerFailure) -> BlockGrid?
    private let begin: @Sendable (BlockGrid, UInt64) throws(RawKeyError) -> BlockAssembler<BlockSealer>
    private var assembler: BlockAssembler<BlockSealer>?
    private var current: BlockGrid?

    /// Asks `grid` between transfers, and makes the assembler with `begin` once there is one, from the next symbol on.
    public init(
        grid: @escaping @Sendable () throws(ConsumerFailure) -> BlockGrid?,
        begin: @escaping @Sendable (BlockGrid, UInt64) throws(RawKeyError) -> BlockAssembler<BlockSealer>
    ) {
        self.grid = grid
        self.begin = begin
    }

    /// Adds a frame to the blocks.
    public mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
        try assembler?.receive(frame, samples)
    }

    /// Spoils the cells of a gap.
    public mutating func lost(_ gap: StreamGap) throws(ConsumerFailure) { try assembler?.lost(gap) }

    /// Waits for room, and looks whether the grid is still what it was.
    public mutating func betweenTransfers(_ counters: StreamCounters) async throws(ConsumerFailure) {
        let found = try grid()
        if let current, let found, found != current {
            throw ConsumerFailure(
                consumer: "raw-key blocks",
                reason: "the delay between the ends changed from \(current.offset) to \(found.offset) symbols: "
                    + "blocks of one session have one grid")
        }
        if current == nil, let found {
            do throws(RawKeyError) { assembler = try begin(found, counters.nextSymbol) } catch {
                throw ConsumerFailure(consumer: "raw-key blocks", reason: error.description)
            }
            current = found
        }
        try await assembler?.betweenTransfers(counters)
    }

    /// The open cell is not whole.
    public mutating func ended(_ counters: StreamCounters) { assembler?.ended(counters) }
}
