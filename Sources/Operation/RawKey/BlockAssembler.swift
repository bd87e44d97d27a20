public import QuadratureAnalysis
public import UnitControl
public import UnitProtocol

/// Cuts a session's stream into the cells of its grid. A sample is copied once: from the transport's buffer to its
/// block's.
///
/// A cell of which anything is missing gives no block but a gap with its cause, whatever the samples are. What comes
/// before the first whole cell belongs to none.
public struct BlockAssembler<Sink: BlockSink>: StreamConsumer {
    private let work: AssemblyWork<Sink>

    /// Begins with the first whole cell at or behind `start`, the next symbol of this end.
    ///
    /// - Parameters:
    ///   - start: index of a symbol that has not come yet.
    ///   - format: of measured samples.
    ///   - pool: buffers of at least `bufferBytes(of:format:)`.
    ///   - limits: where this end's converter clips.
    ///   - sink: takes blocks and gaps.
    public init(
        grid: BlockGrid, from start: UInt64, format: SampleFormat, pool: SecretPool, limits: ClipLimits, sink: Sink
    ) {
        precondition(pool.bufferBytes >= Self.bufferBytes(of: grid, format: format), "the buffers are too small")
        work = AssemblyWork(
            grid: grid, next: grid.firstWholeCell(from: start), format: format, pool: pool, limits: limits, sink: sink)
    }

    /// Bytes that a block's buffer needs.
    public static func bufferBytes(of grid: BlockGrid, format: SampleFormat) -> Int {
        OpenBlock.bytes(symbols: grid.symbolsPerCell, format: format)
    }

    /// Adds the part of a frame that belongs to each cell.
    public mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
        // What Alice disclosed is her words, not this end's samples.
        guard frame.content == .measured else { return }
        do throws(RawKeyError) { try work.add(frame, samples) } catch { throw Self.failure(error) }
    }

    /// Every cell that the gap touches is spoilt.
    public mutating func lost(_ gap: StreamGap) throws(ConsumerFailure) { work.lose(gap) }

    /// Waits until the cells of another transfer have buffers: that is how a slow reader of blocks slows the unit down.
    public mutating func betweenTransfers(_ counters: StreamCounters) async throws(ConsumerFailure) {
        await work.pool.waitForSpare(min(2, work.pool.bufferCount))
    }

    /// The cell that is open is not whole.
    public mutating func ended(_ counters: StreamCounters) { work.end() }

    private static func failure(_ error: RawKeyError) -> ConsumerFailure {
        ConsumerFailure(consumer: "raw-key blocks", reason: error.description)
    }
}

/// What an assembler does, in the one place that its copies share: an open block cannot be copied.
private final class AssemblyWork<Sink: BlockSink> {
    let grid: BlockGrid
    let pool: SecretPool
    private let format: SampleFormat
    private let limits: ClipLimits
    private var sink: Sink
    private var open: OpenBlock?
    private var edges: SlotEdges
    /// The first cell about which the sink was told nothing.
    private var next: UInt64

    init(
        grid: BlockGrid, next: UInt64, format: SampleFormat, pool: SecretPool, limits: ClipLimits, sink: Sink
    ) {
        self.grid = grid
        edges = SlotEdges(grid)
        self.next = next
        self.format = format
        self.pool = pool
        self.limits = limits
        self.sink = sink
    }

    func add(_ frame: StreamFrame, _ samples: RawSpan) throws(RawKeyError) {
        defer { edges.passed(frame) }
        var done = 0
        while done < Int(frame.count) {
            let piece = grid.piece(from: frame.firstSymbol + UInt64(done), count: Int(frame.count) - done)
            let part = done..<done + piece.count
            done = part.upperBound
            guard let cell = piece.cell, cell >= next else { continue }
            if piece.beginsCell { begin(cell) }
            // Without an open block the cell began before this end did, or is spoilt already.
            guard var block = open.take() else { continue }
            for (piece, isEdge) in edges.split(frame, part) { block.add(frame, samples, part: piece, isEdge: isEdge) }
            guard piece.endsCell else {
                open = consume block
                continue
            }
            next = cell + 1
            try sink.close(block.closed())
        }
    }

    func lose(_ gap: StreamGap) {
        let (end, overflowed) = gap.first.addingReportingOverflow(gap.count)
        guard gap.count > 0, let last = grid.cell(of: overflowed ? .max : end - 1), last >= next else { return }
        skip(through: last, because: gap.undeclared > 0 ? .undeclared : .lost)
    }

    func end() {
        guard let block = open.take() else { return }
        skip(through: block.cell, because: .ended)
    }

    private func begin(_ cell: UInt64) {
        guard let buffer = pool.take() else { return skip(through: cell, because: .noRoom) }
        open = OpenBlock(
            cell: cell, symbolsPerCell: Int(grid.symbolsPerCell), format: format, limits: limits, buffer: buffer)
    }

    private func skip(through last: UInt64, because cause: GapCause) {
        open = nil
        sink.skip(next...last, because: cause)
        next = last + 1
    }
}
