/// The cells of a session: dense intervals of symbols, the same at both ends. Cells are counted in Alice's index.
public struct BlockGrid: Sendable, Hashable {
    /// Symbols of a cell.
    public let symbolsPerCell: UInt64
    /// This end's index of a symbol, less Alice's: 0 at her end, the confirmed delay at Bob's.
    public let offset: Int64
    /// Symbols of a slot. Slots begin at multiples of it in each end's own index.
    public let symbolsPerSlot: UInt64

    /// The most symbols of a cell: 4 MiB of samples of both quadratures.
    public static let mostSymbols: UInt64 = 1 << 20

    /// A grid of whole slots.
    ///
    /// Throws `.badGrid`.
    public init(symbolsPerCell: UInt64, symbolsPerSlot: UInt32, offset: Int64) throws(RawKeyError) {
        guard symbolsPerSlot > 0, symbolsPerCell > 0, symbolsPerCell <= Self.mostSymbols,
            symbolsPerCell % UInt64(symbolsPerSlot) == 0
        else { throw .badGrid(symbolsPerCell: symbolsPerCell, symbolsPerSlot: symbolsPerSlot) }
        self.symbolsPerCell = symbolsPerCell
        self.offset = offset
        self.symbolsPerSlot = UInt64(symbolsPerSlot)
    }

    /// Symbols at the beginning of this end's slots that are of Alice's slot before, and at their end of the one behind: what
    /// this end calls their slot is not what she does.
    var edges: (first: UInt64, last: UInt64) {
        let size = min(offset.magnitude, symbolsPerSlot)
        return offset >= 0 ? (size, 0) : (0, size)
    }

    /// The most whole slots that a cell can have, in symbols.
    public static func largestCell(symbolsPerSlot: UInt32) -> UInt64 {
        mostSymbols / UInt64(max(1, symbolsPerSlot)) * UInt64(symbolsPerSlot)
    }

    /// The cell of a symbol of this end; nil for one before Alice's first, or behind the last index that there can be.
    public func cell(of index: UInt64) -> UInt64? {
        aliceIndex(index).map { $0 / symbolsPerCell }
    }

    /// The symbols of a cell, in this end's index; nil if they go beyond the indices that there are.
    public func symbols(of cell: UInt64) -> Range<UInt64>? {
        let (first, overflowed) = cell.multipliedReportingOverflow(by: symbolsPerCell)
        let (end, overflowedToo) = first.addingReportingOverflow(symbolsPerCell)
        guard !overflowed, !overflowedToo, let lower = ownIndex(first), let upper = ownIndex(end) else { return nil }
        return lower..<upper
    }

    /// Of `count` symbols of this end from `index` on, those that are of one cell. The cell is nil for symbols before
    /// Alice's first, and for an index that she cannot have.
    func piece(from index: UInt64, count: Int) -> (cell: UInt64?, beginsCell: Bool, endsCell: Bool, count: Int) {
        guard let alice = aliceIndex(index) else {
            let before = offset > 0 ? offset.magnitude - index : .max
            return (nil, false, false, Int(min(UInt64(count), before)))
        }
        let place = alice % symbolsPerCell
        let size = Int(min(UInt64(count), symbolsPerCell - place))
        return (alice / symbolsPerCell, place == 0, place + UInt64(size) == symbolsPerCell, size)
    }

    /// The first cell that has none of the symbols before `index` of this end.
    public func firstWholeCell(from index: UInt64) -> UInt64 {
        guard let alice = aliceIndex(index) else { return 0 }
        return alice / symbolsPerCell + (alice % symbolsPerCell == 0 ? 0 : 1)
    }

    private func aliceIndex(_ own: UInt64) -> UInt64? {
        offset >= 0
            ? (own >= offset.magnitude ? own - offset.magnitude : nil) : Self.sum(own, offset.magnitude)
    }

    private func ownIndex(_ alice: UInt64) -> UInt64? {
        offset >= 0
            ? Self.sum(alice, offset.magnitude) : (alice >= offset.magnitude ? alice - offset.magnitude : nil)
    }

    private static func sum(_ left: UInt64, _ right: UInt64) -> UInt64? {
        let (sum, overflowed) = left.addingReportingOverflow(right)
        return overflowed ? nil : sum
    }
}
