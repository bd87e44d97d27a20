/// A run of symbols of one session, by Alice's or Bob's own counter.
public struct Slot: Sendable, Hashable {
    /// The session's number; sessions of one seed have independent randomness.
    public var session: UInt64
    /// First symbol, counted from the start of the session.
    public var firstSymbol: Int64
    /// How many.
    public var symbols: Int

    /// A run of `symbols` symbols from `firstSymbol`.
    public init(session: UInt64, firstSymbol: Int64, symbols: Int) {
        precondition(symbols >= 0, "a slot of \(symbols) symbols")
        self.session = session
        self.firstSymbol = firstSymbol
        self.symbols = symbols
    }
}

/// The grain of the model: a cell of symbols draws from its own generators and has one value of every drift.
///
/// Cells are counted in *light*: light symbol i leaves Alice as her symbol i and is Bob's symbol i + delay. Keying his
/// noise by the light as well makes every draw a function of one index, so a slot may begin and end anywhere.
struct Cell {
    /// Large enough that seeding four generators (40 ns) does not count, small enough that a slot which ends within a
    /// cell wastes little and that its scratch space fits in the first-level cache.
    static let symbols = 128

    /// Cell number, may be negative.
    let index: Int64
    /// Symbols of the cell that are wanted.
    let range: Range<Int>
    /// Where the first of them goes in the slot.
    let position: Int

    /// The cell that light symbol `first + position` lies in, cut to a slot of `count` symbols.
    init(first: Int64, position: Int, count: Int) {
        let symbol = first &+ Int64(position)
        index = symbol >> 7
        let start = Int(symbol & 127)
        range = start..<min(Self.symbols, start + count - position)
        self.position = position
    }

    /// The light symbol at the start of the cell.
    var firstSymbol: Int64 { index &* Int64(Self.symbols) }
}
