extension OpticalLink {
    /// The light of a modulator that has left its working point, as words.
    func distort(_ cell: Cell, _ faults: TransmitterImpairments, _ light: inout MutableSpan<Double>) {
        let carrier = faults.carrier / model.sampleScale
        let gain = 1 + faults.amplitudeError
        for symbol in 0..<cell.range.upperBound {
            light[2 &* symbol] = gain * light[2 &* symbol] + carrier
            light[2 &* symbol &+ 1] = gain * light[2 &* symbol &+ 1]
        }
    }

    /// The cell whose words come out in place of a cell's: its own, or those of the nearest before it that is not itself a
    /// repetition.
    func repeated(_ cell: Int64, _ part: Double, _ key: StreamKey) -> Int64 {
        let draws = key.repetition
        for back in 0..<Int64(256) where draws.uniform(cell &- back) >= part { return cell &- back }
        return cell &- 256
    }
}

/// Bob's bases of a cell, bit i for symbol i, 0 = x.
struct BasisChoice {
    private(set) var bits: InlineArray<2, UInt64>

    /// Sixty-four fair bits per random word; a biased generator is drawn symbol by symbol.
    init(_ key: StreamKey, _ cell: Cell, bias: Double) {
        var generator = Xoshiro256PlusPlus(seed: key.seed(cell: cell.index))
        bits = [generator.next(), generator.next()]
        guard bias != 0 else { return }
        bits = [0, 0]
        for symbol in 0..<Cell.symbols where generator.uniform() < 0.5 + bias {
            bits[symbol >> 6] |= 1 << UInt64(symbol & 63)
        }
    }
}
