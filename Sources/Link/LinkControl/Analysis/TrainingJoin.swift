internal import UnitProtocol

/// Keeps one of Bob's training frames until Alice's words for the same symbols come. Training is public once it is
/// disclosed, hence ordinary memory.
struct TrainingJoin {
    private var measured: [Int16] = []
    private var basis: [UInt8] = []
    private var first: UInt64 = 0
    private var count = 0

    /// First symbol and symbols of the frame that waits; nil if none does.
    var waiting: (first: UInt64, count: Int)? { count > 0 ? (first, count) : nil }

    /// Forgets the frame that waits.
    mutating func drop() { count = 0 }

    /// Keeps a frame of Bob's, in place of the one before.
    mutating func keep(_ frame: StreamFrame, _ samples: RawSpan) {
        first = frame.firstSymbol
        count = Int(frame.count)
        let values = count * (frame.format == .xp16 ? 2 : 1)
        measured.removeAll(keepingCapacity: true)
        basis.removeAll(keepingCapacity: true)
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that the samples of the stated format and count are there.
            measured.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self))
            if frame.format == .x16Basis { basis.append(contentsOf: bytes[(2 * values)...]) }
        }
    }

    /// Shows the frame that waits beside the words of a disclosed one that covers it: first symbol, Alice's words, Bob's
    /// samples, his basis bits. Returns false, and shows nothing, if they are not of the same symbols.
    mutating func join(
        _ disclosed: StreamFrame, _ samples: RawSpan,
        show: (UInt64, Span<Int16>, Span<Int16>, Span<UInt8>) -> Void
    ) -> Bool {
        let symbols = UInt64(count)
        guard count > 0, disclosed.format == .xp16, disclosed.firstSymbol <= first,
            disclosed.firstSymbol + UInt64(disclosed.count) >= first + symbols
        else { return false }
        let skip = Int(first - disclosed.firstSymbol)
        let count = count
        self.count = 0
        samples.withUnsafeBytes { bytes in
            // SAFETY: 4 bytes per disclosed symbol are there; skip + count lies inside by the guard above.
            let words = UnsafeRawBufferPointer(rebasing: bytes[(4 * skip)..<(4 * (skip + count))]).bindMemory(
                to: Int16.self)
            show(first, words.span, measured.span, basis.span)
        }
        return true
    }
}
