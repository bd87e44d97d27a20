import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// The seam for whoever works on samples: order, gaps, failure, push-back, and nothing of it under a lock.
struct StreamConsumerTests {
    /// Writes down what it is told.
    struct Diary: StreamConsumer {
        enum Entry: Equatable {
            case frame(UInt64)
            case gap(StreamGap)
            case end(UInt64)
        }

        var entries: [Entry] = []
        var refusesFrom = UInt64.max
        var refusesGaps = false

        mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
            guard frame.firstSymbol < refusesFrom else {
                throw ConsumerFailure(consumer: "diary", reason: "no room for symbol \(frame.firstSymbol)")
            }
            entries.append(.frame(frame.firstSymbol))
        }

        var ends: Int { entries.count { if case .end = $0 { true } else { false } } }

        mutating func lost(_ gap: StreamGap) throws(ConsumerFailure) {
            if refusesGaps { throw ConsumerFailure(consumer: "diary", reason: "no place for a gap") }
            entries.append(.gap(gap))
        }
        mutating func ended(_ counters: StreamCounters) { entries.append(.end(counters.nextSymbol)) }
    }

    static func account() -> StreamAccounting {
        StreamAccounting(
            session: StreamAccountingTests.session, purpose: .test, symbolsPerFrame: 200, sampleFormat: .xp16)
    }

    @Test func `gaps come in their place, with what nothing explains`() throws {
        typealias Piece = StreamAccountingTests.Piece
        let bytes = try [
            Piece(first: 0, number: 0), Piece(first: 200, number: 2), Piece(first: 350, number: 3, dropped: 20),
        ].flatMap(StreamAccountingTests.bytes)
        var (accounting, diary) = (Self.account(), Diary())
        try accounting.accept(bytes.span.bytes, stride: StreamAccountingTests.stride, into: &diary)
        #expect(
            diary.entries == [
                .frame(0), .gap(StreamGap(first: 100, count: 100)), .frame(200),
                .gap(StreamGap(first: 300, count: 50, undeclared: 30)), .frame(350),
            ])
        #expect(accounting.close(at: 500, dropped: 20) == StreamGap(first: 450, count: 50))
    }

    @Test func `a consumer that fails ends the work, and the account ends with the frame that it refused`() throws {
        typealias Piece = StreamAccountingTests.Piece
        let bytes = try (0..<5).map { Piece(first: UInt64(100 * $0), number: UInt32($0)) }.flatMap(
            StreamAccountingTests.bytes)
        var (accounting, diary) = (Self.account(), Diary(refusesFrom: 200))
        #expect(throws: ConsumerFailure(consumer: "diary", reason: "no room for symbol 200")) {
            try accounting.accept(bytes.span.bytes, stride: StreamAccountingTests.stride, into: &diary)
        }
        #expect(diary.entries == [.frame(0), .frame(100)])
        #expect(accounting.counters.nextSymbol == 300)
    }

    /// What is in the account as delivered, and what is missing, both are shown.
    @Test func `what one of two consumers refuses is shown to the other`() throws {
        typealias Piece = StreamAccountingTests.Piece
        let bytes = try [0, 1, 3].map { Piece(first: UInt64(100 * $0), number: UInt32($0)) }.flatMap(
            StreamAccountingTests.bytes)
        var accounting = Self.account()
        var both = BothConsumers(Diary(refusesFrom: 100), Diary())
        #expect(throws: ConsumerFailure.self) {
            try accounting.accept(bytes.span.bytes, stride: StreamAccountingTests.stride, into: &both)
        }
        #expect(both.second.entries == [.frame(0), .frame(100)])
        #expect(accounting.counters.nextSymbol == 200)
        // A consumer that has no place for a gap ends the account with it: what came behind is part of what is missing.
        accounting = Self.account()
        both = BothConsumers(Diary(refusesGaps: true), Diary())
        #expect(throws: ConsumerFailure.self) {
            try accounting.accept(bytes.span.bytes, stride: StreamAccountingTests.stride, into: &both)
        }
        #expect(both.second.entries == [.frame(0), .frame(100), .gap(StreamGap(first: 200, count: 100))])
        #expect(accounting.counters.nextSymbol == 300 && accounting.counters.isConserved)
        #expect(accounting.close(at: 500, dropped: 0) == StreamGap(first: 300, count: 200))
    }

    static func streaming(
        _ pair: EmulatedPair, session: UInt64
    ) async throws -> (unit: Unit, stream: UnitStream) {
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let stream = try await unit.startStream(
            StreamPlan(
                session: session, purpose: .test, options: .standalone, frameBytes: 4096, symbolsPerFrame: 992,
                symbolRate: 1e6, vacuumFraction: 0.5))
        return (unit, stream)
    }

    @Test func `a consumer that fails ends the reading with its reason`() async throws {
        let pair = UnitTests.pair(seed: 21)
        defer { pair.stop() }
        let (unit, stream) = try await Self.streaming(pair, session: 21)
        var diary = Diary(refusesFrom: 20_000)
        let failure: UnitError?
        do throws(UnitError) {
            try await stream.readAll(into: &diary)
            failure = nil
        } catch {
            failure = error
        }
        guard case .consumerFailed(let reason) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(reason.consumer == "diary")
        let stopped = try await unit.stopStream()
        await unit.finishStream(stopped)
        // It hears of the end, once, and of nothing after it.
        #expect(diary.ends == 1)
        guard case .end = diary.entries.last else {
            Issue.record("\(String(describing: diary.entries.last))")
            return
        }
        // What nobody read is a declared gap.
        #expect(stream.counters.nextSymbol == stopped.nextSymbol)
        #expect(stream.counters.isConserved)
        await unit.close()
    }

    /// What ends a reading before the session's end.
    enum Interruption: CaseIterable { case unplug, cancellation, closing }

    @Test(arguments: Interruption.allCases)
    func `whatever ends the reading, a consumer hears of it once and last`(_ how: Interruption) async throws {
        let pair = UnitTests.pair(seed: 24)
        defer { pair.stop() }
        let (unit, stream) = try await Self.streaming(pair, session: 24)
        let reading = Task { () -> (Diary, UnitError?) in
            var diary = Diary()
            do throws(UnitError) {
                try await stream.readAll(into: &diary)
                return (diary, nil)
            } catch {
                return (diary, error)
            }
        }
        let limit = ContinuousClock.now + .seconds(20)
        while stream.counters.frames < 10, .now < limit { try await Task.sleep(for: .milliseconds(5)) }
        switch how {
        case .unplug: pair.bob.inject(.unplug)
        case .cancellation: reading.cancel()
        case .closing: await unit.close()
        }
        let (diary, failure) = await reading.value
        #expect(failure != nil)
        #expect(diary.ends == 1)
        #expect(diary.entries.last == .end(stream.counters.nextSymbol))
        #expect(!stream.isRunning, "nobody reads on")
        await unit.close()
    }

    /// Has no room until somebody opens the gate.
    struct Narrow: StreamConsumer {
        var gate: Guarded<Bool>
        var diary = Diary()

        mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
            try diary.receive(frame, samples)
        }

        mutating func lost(_ gap: StreamGap) throws(ConsumerFailure) { try diary.lost(gap) }
        mutating func ended(_ counters: StreamCounters) { diary.ended(counters) }

        mutating func betweenTransfers(_ counters: StreamCounters) async {
            while !gate.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func `a consumer without room makes the unit drop, and the loss is declared`() async throws {
        let pair = UnitTests.pair(seed: 22)
        defer { pair.stop() }
        let (unit, stream) = try await Self.streaming(pair, session: 22)
        let gate = Guarded(false)
        let reading = Task { () -> Diary in
            var consumer = Narrow(gate: gate)
            try await stream.readAll(into: &consumer)
            return consumer.diary
        }
        let limit = ContinuousClock.now + .seconds(20)
        while pair.bob.record(session: 22)?.droppedSymbols ?? 0 == 0, .now < limit {
            try await Task.sleep(for: .milliseconds(5))
        }
        gate.withLock { $0 = true }
        let stopped = try await unit.stopStream()
        let diary = try await reading.value
        await unit.finishStream(stopped)
        let record = try #require(pair.bob.record(session: 22))
        #expect(record.droppedSymbols > 0)
        #expect(stream.counters.unitDroppedSymbols == record.droppedSymbols)
        #expect(stream.counters.isConserved)
        let lost = diary.entries.reduce(UInt64(0)) { sum, entry in
            if case .gap(let gap) = entry { sum + gap.count } else { sum }
        }
        #expect(lost == stream.counters.gapSymbols)
        #expect(diary.entries.last == .end(stopped.nextSymbol))
        await unit.close()
    }

    /// Keeps its frame until somebody else has used the stream's lock.
    struct Slow: StreamConsumer {
        var entered: Guarded<Bool>
        var released: Guarded<Bool>

        mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) throws(ConsumerFailure) {
            entered.withLock { $0 = true }
            let limit = ContinuousClock.now + .seconds(20)
            while !released.withLock({ $0 }) {
                guard .now < limit else { throw ConsumerFailure(consumer: "slow", reason: "nobody came through") }
            }
        }
    }

    /// A disk that hangs must not hold up the watchdog, progress lines, or the end of the session.
    @Test func `while a consumer works nobody waits for it`() async throws {
        let pair = UnitTests.pair(seed: 23)
        defer { pair.stop() }
        let (unit, stream) = try await Self.streaming(pair, session: 23)
        let (entered, released) = (Guarded(false), Guarded(false))
        let reading = Task {
            var consumer = Slow(entered: entered, released: released)
            try await stream.readAll(into: &consumer)
        }
        while !entered.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        #expect(stream.counters.frames == 0)
        let stopped = try await unit.stopStream()
        // Settles the account, which the reader has: it does so itself when the consumer lets go.
        await unit.finishStream(stopped)
        released.withLock { $0 = true }
        try await reading.value
        #expect(stream.counters.nextSymbol == stopped.nextSymbol)
        #expect(stream.counters.isConserved)
        await unit.close()
    }
}
