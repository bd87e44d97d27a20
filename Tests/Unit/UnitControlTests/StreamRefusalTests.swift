import Testing
import UnitControl
import UnitProtocol

/// Loss has one of three names: declared by the unit or explained by frames that never came, refused here, or unexplained.
struct StreamRefusalTests {
    private typealias Piece = StreamAccountingTests.Piece

    private static func run(_ pieces: [Piece]) throws -> StreamAccounting { try StreamAccountingTests.run(pieces).0 }

    private static let end = Piece(first: 500, count: 0, number: 5, kind: .none, flags: .endOfSession, format: .none)

    /// Five frames; the changed ones are refused.
    private static func five(_ changed: Set<Int>, _ change: (inout Piece) -> Void) -> [Piece] {
        (0..<5).map { index in
            var piece = Piece(first: UInt64(index) * 100, number: UInt32(index))
            if changed.contains(index) { change(&piece) }
            return piece
        } + [end]
    }

    @Test func `symbols in frames of another session or purpose are refused, and nobody declared them`() throws {
        for change: (inout Piece) -> Void in [{ $0.session = 41 }, { $0.purpose = .key }, { $0.sampleBytes = 8 }] {
            let counters = try Self.run(Self.five([1, 2, 4], change)).counters
            #expect(counters.refusedSymbols == 300 && counters.declaredGapSymbols == 0)
            #expect(counters.refusedFrames == 3 && counters.missingFrames == 0 && counters.undeclaredSymbols == 0)
            #expect(counters.deliveredSymbols == 200 && counters.isConserved && !counters.bearsRefusals)
        }
    }

    @Test func `the first reason and the count of each are kept`() throws {
        var pieces = Self.five([1], { $0.purpose = .key })
        pieces[2].kind = SymbolKind(rawValue: 99)
        pieces[3].purpose = .calibration
        let counters = try Self.run(pieces).counters
        #expect(counters.refusals.first == .otherPurpose)
        #expect(counters.refusals[.otherPurpose] == 2 && counters.refusals[.unknownKind] == 1)
        #expect(
            counters.refusalWords
                == "3 of 6 frames were refused, the first one as \"of another purpose\" (2 of another purpose, 1 of an unknown kind)"
        )
    }

    @Test func `frames that never came and frames that were refused are told apart in one gap`() throws {
        var pieces = Self.five([1], { $0.purpose = .key })
        pieces.remove(at: 2)
        let counters = try Self.run(pieces).counters
        #expect(counters.refusedSymbols == 200, "a frame may have up to 200 symbols")
        #expect(counters.missingFrames == 1 && counters.isConserved)
        // With the slots that the unit really has, each gets its part.
        var accounting = StreamAccounting(session: 42, purpose: .test, symbolsPerFrame: 100, sampleFormat: .xp16)
        let bytes = try pieces.flatMap { try StreamAccountingTests.bytes($0) }
        accounting.accept(bytes.span.bytes, stride: StreamAccountingTests.stride) { _, _ in }
        #expect(accounting.counters.refusedSymbols == 100 && accounting.counters.declaredGapSymbols == 100)
    }

    @Test func `frames left over from another session explain no gap of this one`() throws {
        let counters = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 7_000, number: 70, session: 41), Piece(first: 300, number: 1),
        ]).counters
        #expect(counters.undeclaredSymbols == 200 && counters.refusedSymbols == 0 && !counters.isConserved)
    }

    @Test func `a missing frame explains no more symbols than a slot has`() throws {
        let counters = try Self.run([Piece(first: 0, number: 0), Piece(first: 10_000, number: 2)]).counters
        #expect(counters.declaredGapSymbols == 200 && counters.undeclaredSymbols == 9_700)
        #expect(!counters.isConserved)
    }

    @Test(arguments: [1 << 63, .max, 101, 1_000] as [UInt64])
    func `more lost symbols than the indices leave room for are a lie, and explain nothing`(dropped: UInt64) throws {
        var pieces = Self.five([], { _ in })
        for index in pieces.indices { pieces[index].dropped = dropped }
        let whole = try Self.run(pieces).counters
        #expect(whole.contradictedFrames == 6 && whole.unitDroppedSymbols == 0 && !whole.isConserved)
        pieces.remove(at: 2)
        for index in 2..<pieces.count { pieces[index].number -= 1 }
        let holed = try Self.run(pieces).counters
        #expect(holed.undeclaredSymbols == 100 && holed.declaredGapSymbols == 0)
    }

    @Test func `a count of lost symbols that falls is a lie too`() throws {
        let counters = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 200, number: 1, dropped: 100),
            Piece(first: 300, number: 2, dropped: 99), Piece(first: 400, number: 3, dropped: 100),
        ]).counters
        #expect(counters.contradictedFrames == 1 && counters.unitDroppedSymbols == 100 && !counters.isConserved)
    }

    @Test func `an index that stands still under new numbers is refused, and not a missing frame`() throws {
        let counters = try Self.run([
            Piece(first: 0, number: 0), Piece(first: 0, number: 1), Piece(first: 0, number: 2),
            Piece(first: 300, number: 3),
        ]).counters
        #expect(counters.refusals[.indexBehind] == 2 && counters.missingFrames == 0)
        #expect(counters.refusedSymbols == 200 && counters.isConserved)
    }

    @Test func `a session of which every frame is another's is refused to its end`() throws {
        var accounting = try Self.run(Self.five([0, 1, 2, 3, 4], { $0.session = 41 }).dropLast())
        let gap = accounting.close(at: 500, dropped: 0, frames: 6)
        #expect(gap?.refused == 500 && gap?.undeclared == 0)
        #expect(accounting.counters.refusedSymbols == 500 && accounting.counters.declaredGapSymbols == 0)
    }

    @Test func `at the end the unit's own count of frames says whether any are missing`() throws {
        for (frames, undeclared) in [(UInt64(2), UInt64(200)), (3, 0), (1, 200)] {
            var accounting = try Self.run([Piece(first: 0, number: 0), Piece(first: 100, number: 1)])
            accounting.close(at: 400, dropped: 0, frames: frames)
            #expect(accounting.counters.undeclaredSymbols == undeclared, "\(frames) frames")
            #expect(accounting.counters.gapSymbols == 200)
        }
        var lying = try Self.run([Piece(first: 0, number: 0)])
        lying.close(at: 100, dropped: 1 << 63, frames: 2)
        #expect(lying.counters.contradictedFrames == 1 && !lying.counters.isConserved)
    }

    @Test func `a few frames that were left over are borne, and a hundredth`() {
        for (refused, frames, borne) in [
            (2, 1, true), (3, 1, false), (3, 297, true), (10, 989, false), (83, 17, false),
        ] {
            var counters = StreamCounters()
            (counters.malformedFrames, counters.frames) = (UInt64(refused), UInt64(frames))
            #expect(counters.bearsRefusals == borne, "\(refused) beside \(frames)")
        }
    }
}
