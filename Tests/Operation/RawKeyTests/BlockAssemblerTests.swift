import QuadratureAnalysis
import Testing
import UnitControl
import UnitProtocol

@testable import RawKey

/// A stream of known samples, cut into frames of one kind each, against what comes of it.
struct BlockAssemblerTests {
    /// What a sink was told.
    final class Taken {
        struct Block {
            var cell: UInt64
            var kinds: KindTable
            var unlit: [UnlitRun]
            var bytes: [UInt8]
            var clipped: UInt64
        }
        var blocks: [Block] = []
        var gaps: [(cells: ClosedRange<UInt64>, cause: GapCause)] = []
    }

    struct Sink: BlockSink {
        let taken: Taken

        mutating func close(_ block: consuming ClosedBlock) {
            let bytes = block.samples.bytes.withUnsafeBytes { Array($0) }
            taken.blocks.append(
                Taken.Block(
                    cell: block.cell, kinds: block.kinds, unlit: block.unlit, bytes: bytes,
                    clipped: block.clippedSamples))
        }

        mutating func skip(_ cells: ClosedRange<UInt64>, because cause: GapCause) { taken.gaps.append((cells, cause)) }
    }

    /// Samples that a test can compute: of symbol `index` of this end.
    static func word(_ index: UInt64, _ quadrature: UInt64 = 0) -> Int16 {
        Int16(truncatingIfNeeded: (index &* 2_654_435_761 &+ quadrature &* 40_503) >> 7) / 4
    }

    static func basisBit(_ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: (index &* 0x9E37_79B9_7F4A_7C15) >> 63) }

    static func frame(_ first: UInt64, _ count: UInt32, _ kind: SymbolKind, _ format: SampleFormat) -> (
        StreamFrame, [UInt8]
    ) {
        let frame = StreamFrame(
            firstSymbol: first, droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01, count: count,
            clippedSamples: 1, kind: kind, format: kind == .guard ? .none : format, content: .measured, purpose: .key,
            flags: [])
        var bytes: [UInt8] = []
        guard kind != .guard else { return (frame, bytes) }
        for index in first..<first + UInt64(count) {
            for quadrature in 0..<(format == .xp16 ? 2 : 1) as Range<UInt64> {
                let word = UInt16(bitPattern: word(index, quadrature))
                bytes += [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)]
            }
        }
        if format == .x16Basis {
            var plane = [UInt8](repeating: 0, count: (Int(count) + 7) / 8)
            for bit in 0..<Int(count) { plane[bit / 8] |= basisBit(first + UInt64(bit)) << UInt8(bit % 8) }
            bytes += plane
        }
        return (frame, bytes)
    }

    static let kinds: [SymbolKind] = [.signal, .vacuum, .signal, .training, .guard, .signal, .dark]
    static func kind(_ slot: UInt64) -> SymbolKind { kinds[Int(slot % UInt64(kinds.count))] }
    static let limits = ClipLimits(low: -8191, high: 8191)

    @Test(arguments: [.x16, .xp16, .x16Basis] as [SampleFormat], [0, 3, -5, 24] as [Int64])
    func `blocks hold each symbol of their cell once, wherever frames are cut`(
        format: SampleFormat, offset: Int64
    ) throws {
        let slot: UInt64 = 24
        let grid = try BlockGrid(symbolsPerCell: 4 * slot, symbolsPerSlot: UInt32(slot), offset: offset)
        let taken = Taken()
        let pool = try SecretPool(buffers: 2, bytes: BlockAssembler<Sink>.bufferBytes(of: grid, format: format))
        var assembler = BlockAssembler(
            grid: grid, from: 0, format: format, pool: pool, limits: Self.limits, sink: Sink(taken: taken))
        for number in 0..<40 as Range<UInt64> {
            let (frame, bytes) = Self.frame(number * slot, UInt32(slot), Self.kind(number), format)
            try assembler.receive(frame, bytes.span.bytes)
        }
        assembler.ended(StreamCounters())
        #expect(pool.spareCount == 2)

        let first = grid.firstWholeCell(from: 0)
        #expect(taken.blocks.map(\.cell) == Array(first..<first + UInt64(taken.blocks.count)))
        #expect(taken.blocks.count >= 8)
        for block in taken.blocks {
            let symbols = try #require(grid.symbols(of: block.cell))
            #expect(block.kinds.symbols == UInt64(symbols.count))
            let kept = symbols.filter { Self.isKept($0, slot: slot, offset: offset) }
            var expected: [UInt8] = []
            for index in kept {
                for quadrature in 0..<(format == .xp16 ? 2 : 1) as Range<UInt64> {
                    let word = UInt16(bitPattern: Self.word(index, quadrature))
                    expected += [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)]
                }
            }
            if format == .x16Basis {
                var plane = [UInt8](repeating: 0, count: (kept.count + 7) / 8)
                for (bit, index) in kept.enumerated() { plane[bit / 8] |= Self.basisBit(index) << UInt8(bit % 8) }
                expected += plane
            }
            #expect(block.bytes == expected)
            try Self.check(block.unlit, symbols, slot: slot, format)
        }
    }

    /// Signal and training, but for symbols of another slot of Alice's that may have been of another kind.
    private static func isKept(_ index: UInt64, slot: UInt64, offset: Int64) -> Bool {
        let (kind, place) = (kind(index / slot), index % slot)
        guard kind == .signal || kind == .training else { return false }
        let edge = min(offset.magnitude, slot)
        if offset < 0 { return place < slot - edge }
        return place >= edge || index >= slot && kind == Self.kind(index / slot - 1)
    }

    /// Sums by the definition.
    private static func check(_ runs: [UnlitRun], _ symbols: Range<UInt64>, slot: UInt64, _ format: SampleFormat) throws
    {
        let expected = symbols.filter { [.vacuum, .dark].contains(kind($0 / slot)) }
        #expect(runs.reduce(0) { $0 + Int($1.symbols) } == expected.count)
        for run in runs {
            let first = symbols.lowerBound + UInt64(run.first)
            let indices = first..<first + UInt64(run.symbols)
            #expect(indices.allSatisfy { kind($0 / slot) == (run.isDark ? .dark : .vacuum) })
            #expect(run.localOscillatorPower == 0.01)
            #expect((run.p == nil) == (format != .xp16))
            for (sums, quadrature) in [(run.x, 0), (run.p, 1)] as [(PowerSums?, UInt64)] {
                guard let sums else { continue }
                let words = indices.map { Int(word($0, quadrature)) }
                #expect(sums.samples == UInt64(words.count))
                #expect(Int(sums.first) == words.reduce(0, +))
                #expect(Int(sums.second) == words.reduce(0) { $0 + $1 * $1 })
                #expect(sums.third == words.reduce(Int128(0)) { $0 + Int128($1 * $1 * $1) })
                #expect(sums.fourth == words.reduce(UInt128(0)) { $0 + UInt128($1 * $1) * UInt128($1 * $1) })
                #expect(Int(sums.lagProduct) == zip(words, words.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 })
                #expect(Int(sums.clipped) == words.count { $0 <= -8191 || $0 >= 8191 })
            }
        }
    }

    @Test func `a gap spoils the cells that it touches, and no other`() throws {
        let grid = try BlockGrid(symbolsPerCell: 96, symbolsPerSlot: 24, offset: 0)
        let taken = Taken()
        let pool = try SecretPool(buffers: 2, bytes: BlockAssembler<Sink>.bufferBytes(of: grid, format: .xp16))
        var assembler = BlockAssembler(
            grid: grid, from: 0, format: .xp16, pool: pool, limits: Self.limits, sink: Sink(taken: taken))
        func feed(_ slots: Range<UInt64>) throws {
            for number in slots {
                let (frame, bytes) = Self.frame(number * 24, 24, .signal, .xp16)
                try assembler.receive(frame, bytes.span.bytes)
            }
        }
        try feed(0..<6)
        try assembler.lost(StreamGap(first: 6 * 24, count: 24))
        try feed(7..<12)
        try assembler.lost(StreamGap(first: 12 * 24, count: 5 * 24, undeclared: 1))
        try feed(17..<25)
        assembler.ended(StreamCounters())
        #expect(taken.blocks.map(\.cell) == [0, 2, 5])
        #expect(taken.gaps.map(\.cells) == [1...1, 3...4, 6...6])
        #expect(taken.gaps.map(\.cause) == [.lost, .undeclared, .ended])
        #expect(pool.spareCount == 2)
    }

    @Test func `without a spare buffer a cell is a gap with that cause, and the next one is tried`() throws {
        let grid = try BlockGrid(symbolsPerCell: 48, symbolsPerSlot: 24, offset: 0)
        let taken = Taken()
        let pool = try SecretPool(buffers: 1, bytes: BlockAssembler<Sink>.bufferBytes(of: grid, format: .xp16))
        var assembler = BlockAssembler(
            grid: grid, from: 0, format: .xp16, pool: pool, limits: Self.limits, sink: Sink(taken: taken))
        var held = pool.take()
        for number in 0..<6 as Range<UInt64> {
            if number == 3 { held = nil }
            let (frame, bytes) = Self.frame(number * 24, 24, .signal, .xp16)
            try assembler.receive(frame, bytes.span.bytes)
        }
        let isHeld = held != nil
        #expect(!isHeld)
        #expect(taken.gaps.map(\.cells) == [0...0, 1...1])
        #expect(taken.gaps.allSatisfy { $0.cause == .noRoom })
        #expect(taken.blocks.map(\.cell) == [2])
    }
}
