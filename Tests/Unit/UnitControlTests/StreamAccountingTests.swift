import Testing
import UnitControl
import UnitProtocol

/// Frames made by hand, put through the account: every way in which a stream can be wrong.
struct StreamAccountingTests {
    static let session: UInt64 = 42
    static let stride = 1024

    struct Piece {
        var first: UInt64
        var count: UInt32 = 100
        var number: UInt32
        var kind = SymbolKind.signal
        var content = StreamContent.measured
        var flags: StreamFlags = []
        var dropped: UInt64 = 0
        var session = StreamAccountingTests.session
        var purpose = SessionPurpose.test
        var format = SampleFormat.xp16
        var sampleBytes: Int?
    }

    static func bytes(_ piece: Piece) throws -> [UInt8] {
        let block = StreamFrame(
            firstSymbol: piece.first, droppedSymbols: piece.dropped, deviceTime: 0, localOscillatorPower: 0,
            count: piece.count, clippedSamples: 0, kind: piece.kind, format: piece.format, content: piece.content,
            purpose: piece.purpose, flags: piece.flags)
        var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
        try builder.write(block)
        let samples = piece.sampleBytes ?? (piece.format == .none ? 0 : 4 * Int(piece.count))
        var frame = builder.bytes + [UInt8](repeating: 1, count: samples)
        var elements = frame.mutableSpan
        var raw = elements.mutableBytes
        let length = raw.byteCount
        Frame.seal(
            FrameHeader(channel: .stream, length: length, number: piece.number, session: piece.session), into: &raw)
        return frame + [UInt8](repeating: 0, count: stride - frame.count)
    }

    static func run(_ pieces: [Piece]) throws -> (StreamAccounting, [UInt64]) {
        try run(bytes: pieces.flatMap { try bytes($0) })
    }

    static func run(bytes: [UInt8]) throws -> (StreamAccounting, [UInt64]) {
        var accounting = StreamAccounting(session: session, purpose: .test, symbolsPerFrame: 200, sampleFormat: .xp16)
        var seen: [UInt64] = []
        accounting.accept(bytes.span.bytes, stride: stride) { frame, _ in seen.append(frame.firstSymbol) }
        return (accounting, seen)
    }

    private static let end = Piece(
        first: 300, count: 0, number: 3, kind: .none, flags: .endOfSession, format: .none)

    @Test func `a clean session is delivered whole and ends`() throws {
        let (accounting, seen) = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 100, number: 1, kind: .vacuum), Piece(first: 200, number: 2),
            Self.end,
        ])
        #expect(seen == [0, 100, 200])
        #expect(accounting.hasEnded)
        #expect(accounting.counters.deliveredSymbols == 300)
        #expect(accounting.counters.symbols(.vacuum) == 100)
        #expect(accounting.counters.gapSymbols == 0)
        #expect(accounting.counters.isConserved)
    }

    @Test func `a lost frame is a declared gap`() throws {
        let (accounting, _) = try Self.run([Piece(first: 0, number: 0), Piece(first: 200, number: 2), Self.end])
        #expect(accounting.counters.gapSymbols == 100)
        #expect(accounting.counters.missingSymbols == 100)
        #expect(accounting.counters.missingFrames == 1)
        #expect(accounting.counters.unitDroppedSymbols == 0)
        #expect(accounting.counters.isConserved)
    }

    @Test func `what the unit dropped is told apart from what the transport lost`() throws {
        let (accounting, _) = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 200, number: 1, flags: [.gap, .overflow], dropped: 100),
        ])
        #expect(accounting.counters.unitDroppedSymbols == 100)
        #expect(accounting.counters.missingFrames == 0)
        #expect(accounting.counters.overflowFrames == 1)
        #expect(accounting.counters.isConserved)
    }

    @Test func `an end frame is an end, whatever it says of its content`() throws {
        var end = Self.end
        end.content = .disclosed
        let (accounting, seen) = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 100, number: 1), Piece(first: 200, number: 2), end,
        ])
        #expect(accounting.hasEnded)
        #expect(seen == [0, 100, 200])
    }

    @Test func `a hole that shows at a disclosed frame explains the gap behind it`() throws {
        let (accounting, _) = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 100, number: 2, kind: .training, content: .disclosed),
            Piece(first: 200, number: 3), Self.end,
        ])
        #expect(accounting.counters.gapSymbols == 100)
        #expect(accounting.counters.isConserved)
    }

    @Test func `a gap that neither the unit nor a missing frame explains is not conserved`() throws {
        let (accounting, _) = try Self.run([Piece(first: 0, number: 0), Piece(first: 200, number: 1), Self.end])
        #expect(accounting.counters.missingSymbols == 100)
        #expect(accounting.counters.undeclaredSymbols == 100)
        #expect(accounting.counters.declaredGapSymbols == 0)
        #expect(!accounting.counters.isConserved)
    }

    @Test func `a flipped bit anywhere costs that frame and nothing else`() throws {
        let good = try [Piece(first: 0, number: 0), Piece(first: 100, number: 1), Piece(first: 200, number: 2)].map(
            Self.bytes)
        for bit in [0, 17, 8 * 20, 8 * 40, 8 * 100, 8 * 400] {
            var damaged = good
            damaged[1][bit / 8] ^= 1 << (bit % 8)
            let (accounting, seen) = try Self.run(bytes: damaged.flatMap { $0 })
            #expect(seen == [0, 200], "bit \(bit)")
            #expect(accounting.counters.gapSymbols == 100)
            #expect(accounting.counters.isConserved)
        }
    }

    @Test func `frames of another session are dropped and counted`() throws {
        let (accounting, seen) = try Self.run([Piece(first: 0, number: 0), Piece(first: 100, number: 1, session: 41)])
        #expect(seen == [0])
        #expect(accounting.counters.staleFrames == 1)
    }

    @Test func `a frame that comes twice counts once`() throws {
        let (accounting, seen) = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 0, number: 0), Piece(first: 100, number: 1),
        ])
        #expect(seen == [0, 100])
        #expect(accounting.counters.repeatedFrames == 1)
        #expect(accounting.counters.isConserved)
    }

    @Test func `a frame that comes too late stays a declared gap`() throws {
        let (accounting, seen) = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 200, number: 2), Piece(first: 100, number: 1), Self.end,
        ])
        #expect(seen == [0, 200])
        #expect(accounting.counters.gapSymbols == 100)
        #expect(accounting.counters.repeatedFrames == 1)
        #expect(accounting.counters.isConserved)
    }

    @Test func `disclosed training is shown but not delivered again`() throws {
        let (accounting, seen) = try Self.run([
            Piece(first: 0, number: 0, kind: .training),
            Piece(first: 0, number: 1, kind: .training, content: .disclosed),
            Piece(first: 100, number: 2),
        ])
        #expect(seen == [0, 0, 100])
        #expect(accounting.counters.deliveredSymbols == 200)
        #expect(accounting.counters.disclosedSymbols == 100)
        #expect(accounting.counters.isConserved)
    }

    @Test(arguments: [
        Piece(first: 0, number: 0, purpose: .key), Piece(first: 0, count: 201, number: 0),
        Piece(first: 0, number: 0, sampleBytes: 396), Piece(first: 0, number: 0, kind: SymbolKind(rawValue: 99)),
        Piece(first: .max - 5, number: 0), Piece(first: 0, number: 0, format: SampleFormat(rawValue: 9)),
        Piece(first: 0, number: 0, kind: .signal, content: .disclosed),
        Piece(first: 0, number: 0, format: .x16, sampleBytes: 200), Piece(first: 0, number: 0, format: .none),
    ])
    func `a frame that contradicts itself or the session is malformed`(piece: Piece) throws {
        let (accounting, seen) = try Self.run([piece])
        #expect(seen.isEmpty)
        #expect(accounting.counters.malformedFrames == 1)
        #expect(accounting.counters.isConserved)
    }

    @Test func `the unit's final count declares what the end frame could not`() throws {
        var (accounting, _) = try Self.run([Piece(first: 0, number: 0)])
        accounting.close(at: 500, dropped: 150)
        #expect(accounting.counters.gapSymbols == 400)
        #expect(accounting.counters.unitDroppedSymbols == 150)
        #expect(accounting.counters.isConserved)
        accounting.close(at: 900, dropped: 900)
        #expect(accounting.counters.nextSymbol == 500)
    }

    @Test func `any order and loss of frames is conserved`() throws {
        for seed in UInt64(1)...300 {
            var generator = SplitMix(state: seed)
            var pieces = (0..<30).map { Piece(first: UInt64($0) * 100, number: UInt32($0)) }
            for _ in 0..<Int.random(in: 0...10, using: &generator) {
                let index = Int.random(in: 0..<pieces.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: pieces.remove(at: index)
                case 1: pieces.insert(pieces[index], at: Int.random(in: 0..<pieces.count, using: &generator))
                default: pieces.swapAt(index, Int.random(in: 0..<pieces.count, using: &generator))
                }
            }
            let (accounting, seen) = try Self.run(pieces)
            #expect(accounting.counters.isConserved, "seed \(seed)")
            #expect(seen == seen.sorted(), "seed \(seed)")
            #expect(Set(seen).count == seen.count, "seed \(seed)")
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
