import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

/// Sessions whose beginning, frames or end are not what was asked, or cannot be.
@Suite(.virtualTime) struct HostileStreamTests {
    static let plan = StreamPlan(
        session: 25, purpose: .test, options: .standalone, frameBytes: 1024, symbolsPerFrame: 128,
        symbolRate: 50_000, vacuumFraction: 0.5)

    static func lit(_ receiver: PairModel.Receiver = .heterodyne) async throws -> (
        unit: UnitControl.Unit, relay: UnitRelay, pair: EmulatedPair
    ) {
        let (unit, relay, pair) = try await HostileAnswerTests.unit(6, receiver: receiver)
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        return (unit, relay, pair)
    }

    @Test(
        arguments: [
            { $0.symbolRate = 60_000 }, { $0.frameBytes = 2048 }, { $0.sampleFormat = .x16Basis },
            { $0.sampleFormat = .none }, { $0.sampleScale = 0.5 },
        ] as [@Sendable (inout StreamStarted) -> Void])
    func `a session of another rate, stride or format than was asked for does not begin`(
        lie: @escaping @Sendable (inout StreamStarted) -> Void
    ) async throws {
        let (unit, relay, pair) = try await Self.lit()
        defer { pair.stop() }
        _ = try await unit.capabilities()
        relay.change(StreamStarted.self, lie)
        let error = await UnitTests.failure { _ = try await unit.startStream(Self.plan) }
        _ = HostileAnswerTests.reason(error, of: "StartStream")
        #expect(pair.bob.state == .ready)
        await unit.close()
    }

    @Test(
        arguments: [
            { $0.sessionId = 26 }, { $0.nextSymbol = 0 }, { $0.nextSymbol = 1 << 62 }, { $0.deliveredSymbols = 0 },
            { $0.framesSent = 0 }, { $0.droppedSymbols = 1 << 63 }, { $0.nextSymbol += 128 },
            { $0.droppedSymbols += 1_000 }, { $0.framesSent += 7 }, { $0.framesSent = 1 << 40 },
            { ($0.nextSymbol, $0.droppedSymbols) = ($0.nextSymbol + 128, $0.droppedSymbols + 128) },
            { ($0.deliveredSymbols, $0.droppedSymbols) = ($0.deliveredSymbols - 8, $0.droppedSymbols + 8) },
        ] as [@Sendable (inout StreamStopped) -> Void])
    func `a final count that is not that of what came is said to be none`(
        lie: @escaping @Sendable (inout StreamStopped) -> Void
    ) async throws {
        let (unit, relay, pair) = try await Self.lit()
        defer { pair.stop() }
        relay.change(StreamStopped.self, lie)
        let stream = try await unit.startStream(Self.plan)
        var symbols: UInt64 = 0
        while symbols < 10_000, try await stream.read({ frame, _ in symbols += UInt64(frame.count) }) {}
        var error: UnitError?
        do throws(UnitError) {
            let stopped = try await unit.stopStream()
            while try await stream.read({ _, _ in }) {}
            await unit.finishStream(stopped)
            error = stream.finalContradiction
        } catch let failure {
            error = failure
            await unit.finishStream(nil)
        }
        _ = HostileAnswerTests.reason(error, of: "StopStream")
        #expect(stream.counters.nextSymbol < 100_000)
        await unit.close()
    }

    @Test func `an honest session has no contradiction`() async throws {
        let (unit, _, pair) = try await Self.lit(.homodyne)
        defer { pair.stop() }
        let stream = try await unit.startStream(Self.plan)
        for _ in 0..<10 { _ = try await stream.read { _, _ in } }
        let stopped = try await unit.stopStream()
        while try await stream.read({ _, _ in }) {}
        await unit.finishStream(stopped)
        #expect(stream.finalContradiction == nil && stream.counters.malformedFrames == 0)
        await unit.close()
    }

    @Test func `an index that runs away is a malformed frame, and no loss of all symbols before it`() throws {
        var accounting = StreamAccounting(
            session: StreamAccountingTests.session, purpose: .test, symbolsPerFrame: 200, sampleFormat: .xp16)
        accounting.reach = 1_000
        let frames = try [(0, 0), (1 << 60, 1), (100, 2)].flatMap { first, number in
            try StreamAccountingTests.bytes(.init(first: first, number: number))
        }
        accounting.accept(frames.span.bytes, stride: StreamAccountingTests.stride) { _, _ in }
        #expect(accounting.counters.refusals[.runaway] == 1 && accounting.counters.malformedFrames == 1)
        #expect(accounting.counters.nextSymbol == 200 && accounting.counters.gapSymbols == 0)
    }

    @Test func `a unit that swallows StopStream is given up in less than five seconds, and in one the next time`()
        async throws
    {
        let (unit, relay, pair) = try await Self.lit()
        defer { pair.stop() }
        let stream = try await unit.startStream(Self.plan)
        relay.ignore(StopStream.self)
        var began = HostClock.test.now
        let error = await UnitTests.failure { _ = try await unit.stopStream() }
        #expect(error == .timedOut(request: "StopStream", milliseconds: 4_500))
        #expect(HostClock.test.now - began < .seconds(5))
        await unit.finishStream(nil)
        began = HostClock.test.now
        _ = await UnitTests.failure { try await unit.lightDown() }
        #expect(HostClock.test.now - began < .seconds(1))
        withExtendedLifetime(stream) {}
        await unit.close()
    }
}
