internal import UnitProtocol
internal import UnitControl

/// Which symbols of a frame are not what the frame says, because the two ends' slots do not begin at the same symbol.
///
/// Signal and training are what Alice's slot is, and Bob's unit tells them by his own slots. As many symbols as the delay
/// has lie in another slot of hers; where that may have been another kind, they are neither.
struct SlotEdges {
    private let symbolsPerSlot: UInt64
    private let sizes: (first: UInt64, last: UInt64)
    /// What the frame before was, and the symbol behind it.
    private var before: (kind: SymbolKind, end: UInt64)?

    init(_ grid: BlockGrid) {
        symbolsPerSlot = grid.symbolsPerSlot
        sizes = grid.edges
    }

    /// A frame has been worked on.
    mutating func passed(_ frame: StreamFrame) { before = (frame.kind, frame.firstSymbol &+ UInt64(frame.count)) }

    /// Part of a frame, counted from its first symbol, in pieces that are edges or not.
    func split(_ frame: StreamFrame, _ part: Range<Int>) -> [(Range<Int>, isEdge: Bool)] {
        guard sizes.first + sizes.last > 0, frame.kind == .signal || frame.kind == .training else {
            return [(part, false)]
        }
        var pieces: [(Range<Int>, isEdge: Bool)] = []
        var done = part.lowerBound
        while done < part.upperBound {
            let place = (frame.firstSymbol &+ UInt64(done)) % symbolsPerSlot
            let (isEdge, end): (Bool, UInt64) =
                place < sizes.first
                ? (!goesOn(frame, done), sizes.first)
                : place < symbolsPerSlot - sizes.last ? (false, symbolsPerSlot - sizes.last) : (true, symbolsPerSlot)
            let piece = done..<min(part.upperBound, done + Int(end - place))
            pieces.append((piece, isEdge))
            done = piece.upperBound
        }
        return pieces
    }

    /// Whether the slot before a symbol of the frame is known to be of the same kind.
    private func goesOn(_ frame: StreamFrame, _ done: Int) -> Bool {
        // A frame of several slots is of one kind.
        if UInt64(done) >= symbolsPerSlot { return true }
        guard let before else { return false }
        return before.kind == frame.kind && before.end == frame.firstSymbol
    }
}
