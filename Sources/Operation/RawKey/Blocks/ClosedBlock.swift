public import UnitProtocol

/// A whole cell of a session at one end: every symbol of it came. Its samples are raw key; all else may be published.
public struct ClosedBlock: ~Copyable, Sendable {
    /// Its place in the session's grid.
    public let cell: UInt64
    /// Kinds of all its symbols, in order.
    public let kinds: KindTable
    /// Vacuum and dark runs, in order.
    public let unlit: [UnlitRun]
    /// How its samples lie.
    public let format: SampleFormat
    /// Clipped samples that the unit stated for the frames of which it has symbols: some may be a neighbour's.
    public let clippedSamples: UInt64
    /// Frames whose clock was not locked, and frames with a reported overflow.
    public let doubtfulFrames: UInt64
    /// Signal and training samples in the order of the symbols, as they came: y, y, … or x, p, x, p, …, little-endian int16;
    /// behind them the basis bits of the same symbols, if the format has them, the first symbol in the lowest bit.
    public var samples: SecretBuffer

    /// Lets go of all but the samples.
    consuming func intoSamples() -> SecretBuffer { samples }
}

/// Why a cell of the grid has no block.
public enum GapCause: UInt8, Sendable, Hashable, CaseIterable {
    /// Symbols did not come: the unit or a missing frame declares them.
    case lost = 1
    /// Symbols are missing, and nothing explains them.
    case undeclared = 2
    /// This end had no spare buffer.
    case noRoom = 3
    /// The session ended in it.
    case ended = 4
    /// The other end does not hold it.
    case otherEnd = 5
}

/// Who takes blocks and gaps, in the order of the cells. Each cell comes once.
public protocol BlockSink {
    /// A whole cell.
    mutating func close(_ block: consuming ClosedBlock) throws(RawKeyError)
    /// Cells without a block.
    mutating func skip(_ cells: ClosedRange<UInt64>, because cause: GapCause)
}
