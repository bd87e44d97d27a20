internal import QuadratureAnalysis
internal import SignalRecordings

extension ChannelRecordings {
    /// One attempt to find the delay.
    struct DelaySearch {
        /// Symbols to either side.
        var window: Int
        /// Symbols that are added at once; each lag costs a pass over them.
        var block: Int
        /// Symbols after which the attempt is given up.
        var enough: Int64
    }

    /// First where the delay should be, further away, then with more data. 4,096 symbols show the delay of a link that is
    /// worth estimating; a block beyond that pays off only where it has to be much longer than the window.
    static let delaySearches = [
        DelaySearch(window: 64, block: 4096, enough: 1 << 14), DelaySearch(window: 64, block: 4096, enough: 1 << 18),
        DelaySearch(window: 1024, block: blockSymbols, enough: 1 << 17),
    ]

    /// Finds the delay by correlation. Where there is none, it tries whether the quadratures are exchanged: that is said, and
    /// nothing is estimated from it.
    func align(watcher: AnalysisWatcher?) throws(SignalAnalysisFailure) -> Alignment {
        var last: StreamCorrelation?
        var tried: Int?
        for attempt in Self.delaySearches {
            if let tried, attempt.window > tried { watcher?(.widerDelaySearch(tried: tried, next: attempt.window)) }
            tried = attempt.window
            let (found, search) = try run(attempt, mirrored: false)
            if let found { return found }
            if search.symbols > 0 { last = search.correlation }
        }
        if last != nil, knowledge != .sifted {
            for attempt in Self.delaySearches where last?.mirrored == nil {
                last?.mirrored = try run(attempt, mirrored: true).found?.significance
            }
        }
        let (sent, received) = (modulation.files.base, signal.files.base)
        guard let last else { throw .noDelay(modulation: sent, signal: received, nil) }
        throw .uncorrelated(modulation: sent, signal: received, last)
    }

    private func run(
        _ attempt: DelaySearch, mirrored: Bool
    ) throws(SignalAnalysisFailure) -> (found: Alignment?, search: AlignmentSearch) {
        var search = AlignmentSearch(detection: detection, maxDelay: attempt.window)
        var found: Alignment?
        try forEachBlock(runs(delay: 0), symbols: attempt.block) { block in
            add(block, to: &search, mirrored: mirrored)
            found = try? search.result()
            return found == nil && search.symbols < attempt.enough
        }
        return (found, search)
    }

    private func add(_ block: borrowing Block, to search: inout AlignmentSearch, mirrored: Bool) {
        let count = block.symbols
        let bob = block.bob.span.extracting(0..<(count * detection.samplesPerSymbol))
        let turned = mirrored ? AlignmentSearch.mirrored(block.alice.span.extracting(0..<(2 * count))) : []
        let alice = mirrored ? turned.span : block.alice.span
        switch knowledge {
        case .heterodyne: search.add(alice: alice.extracting(0..<(2 * count)), bob: bob)
        case .homodyne: search.add(alice: alice.extracting(0..<(2 * count)), bob: bob, basis: block.bits.span)
        case .sifted:
            // The quadrature that is not known counts as 0, the other as x.
            var pairs = [Int16](repeating: 0, count: 2 * count)
            for symbol in 0..<count { pairs[2 * symbol] = block.alice[symbol] }
            search.add(alice: pairs.span, bob: bob, basis: block.bits.span)
        }
    }

    /// Sums over all symbols that belong together at a delay, and the moments of Bob's.
    func sums(
        delay: Int, watcher: AnalysisWatcher?
    ) throws(SignalAnalysisFailure) -> (regression: ChannelRegression, bob: ReceiverMoments) {
        var regression = ChannelRegression(detection: detection)
        var bob = ReceiverMoments(limits: signal.metadata.clipLimits)
        let runs = try runs(delay: delay)
        let all = runs.symbols
        var done: Int64 = 0
        var (pairs, alternating) = ([Int16](), [UInt8]())
        if knowledge != .heterodyne {
            pairs = Array(repeating: 0, count: 2 * Self.blockSymbols)
            alternating = Array(repeating: 0b1010_1010, count: (Self.blockSymbols + 7) / 8)
        }
        try forEachBlock(runs) { block in
            let count = block.symbols
            let received = block.bob.span.extracting(0..<(count * detection.samplesPerSymbol))
            bob.add(received, detection: detection)
            switch knowledge {
            case .heterodyne: regression.add(alice: block.alice.span.extracting(0..<(2 * count)), bob: received)
            case .homodyne where hasBasis:
                regression.add(
                    alice: block.alice.span.extracting(0..<(2 * count)), bob: received, basis: block.bits.span)
            case .homodyne:
                Self.turn(block.alice, count, into: &pairs)
                regression.add(
                    alice: pairs.span.extracting(0..<(2 * count)), bob: received, basis: alternating.span)
            case .sifted:
                // An odd symbol at the end has no partner.
                let even = count / 2 * 2
                Self.join(block.alice, even, into: &pairs)
                regression.add(
                    alice: pairs.span.extracting(0..<(2 * even)), bob: received.extracting(0..<even),
                    basis: alternating.span)
            }
            done += Int64(count)
            watcher?(.joining(symbols: done, of: all))
            return true
        }
        return (regression, bob)
    }

    /// Bob measured Re(g a) always. The regression wants both quadratures: Re(g a) = Im(g · ia), so that every other
    /// symbol is turned by 90° and given as p. It is the same fit.
    private static func turn(_ alice: [Int16], _ count: Int, into pairs: inout [Int16]) {
        for symbol in 0..<count {
            let (x, p) = (alice[2 * symbol], alice[2 * symbol + 1])
            (pairs[2 * symbol], pairs[2 * symbol + 1]) = symbol & 1 == 0 ? (x, p) : (p == .min ? .max : -p, x)
        }
    }

    /// Sifted data, y = g·x with a real gain: two neighbours make one complex symbol, x₀ + i·x₁, whose x was measured
    /// first and whose p next. The imaginary gain, which belongs to the other neighbour, comes out as 0.
    private static func join(_ alice: [Int16], _ count: Int, into pairs: inout [Int16]) {
        for symbol in stride(from: 0, to: count, by: 2) {
            let (first, second) = (alice[symbol], alice[symbol + 1])
            (pairs[2 * symbol], pairs[2 * symbol + 1]) = (first, second)
            (pairs[2 * symbol + 2], pairs[2 * symbol + 3]) = (first, second)
        }
    }
}
