import Testing
import UnitProtocol

@testable import UnitEmulator

/// README, section 8.
struct StreamTests {
    /// Starts both ends, takes frames until `symbols` have been made, stops Alice, and returns what each host got.
    static func session(
        _ rig: Rig, _ id: UInt64 = 9, symbols: UInt64, bob: StartStream, alice: StartStream
    ) -> (alice: [StreamRecord], bob: [StreamRecord]) {
        rig.bob.ask(bob)
        rig.alice.ask(alice)
        var (fromAlice, fromBob): ([StreamRecord], [StreamRecord]) = ([], [])
        while (fromAlice.last?.range.upperBound ?? 0) < symbols && !fromAlice.contains(where: \.isEnd) {
            rig.run(1)
            rig.alice.ask(Heartbeat(count: 1))
            rig.bob.ask(Heartbeat(count: 1))
            fromAlice += rig.alice.drain()
            fromBob += rig.bob.drain()
        }
        rig.alice.ask(StopStream(sessionId: id))
        fromAlice += rig.alice.drain()
        fromBob += rig.bob.drain()
        rig.run(3)
        return (fromAlice, fromBob)
    }

    /// Σ count of measured frames + dropped = one past the last symbol, at every frame; numbers have no holes.
    static func checkConservation(_ frames: [StreamRecord], _ record: SentSession?) {
        var sent: UInt64 = 0
        for (index, frame) in frames.enumerated() {
            #expect(frame.header.number == UInt32(index))
            if frame.block.content == .measured { sent += UInt64(frame.block.count) }
            #expect(sent + frame.block.droppedSymbols == frame.range.upperBound)
        }
        #expect(record?.frames == UInt64(frames.count))
        #expect(record?.measuredSymbols == sent)
        #expect(record?.end == frames.last?.range.upperBound)
        #expect(frames.last?.isEnd == true)
    }

    @Test(arguments: [PairModel.Receiver.heterodyne, .homodyne])
    func `a pair streams without loss when it is read`(receiver: PairModel.Receiver) {
        let rig = Rig(receiver: receiver)
        rig.makeReady()
        let (alice, bob) = Self.session(
            rig, symbols: 200_000, bob: Rig.start(9, vacuum: 0.2, dark: 0.1), alice: Rig.start(9, training: 0.3))
        Self.checkConservation(alice, rig.pair.alice.record(session: 9))
        Self.checkConservation(bob, rig.pair.bob.record(session: 9))
        #expect(bob.last?.block.droppedSymbols == 0)
        #expect(alice.last?.range.upperBound == bob.last?.range.upperBound)
        #expect(rig.bob.stateChanges.last?.cause == .peerStopped)
        #expect(rig.pair.bob.state == .ready)
    }

    @Test(arguments: [1 << 16, 3 << 15, 1 << 18])
    func `nothing is lost silently when the FIFO overflows`(depth: Int) throws {
        let rig = Rig(isPaced: true, buffer: depth)
        rig.makeReady()
        rig.bob.ask(Rig.start(9, options: .deliverDisclosed, vacuum: 0.1, dark: 0.05))
        rig.alice.ask(Rig.start(9, training: 0.2))
        var (alice, bob): ([StreamRecord], [StreamRecord]) = ([], [])
        for _ in 0..<4 {
            rig.run(300)
            rig.alice.ask(Heartbeat(count: 1))
            rig.bob.ask(Heartbeat(count: 1))
            alice += rig.alice.drain()
            bob += rig.bob.drain()
        }
        rig.alice.ask(StopStream(sessionId: 9))
        alice += rig.alice.drain()
        bob += rig.bob.drain()
        rig.run(3)
        Self.checkConservation(alice, rig.pair.alice.record(session: 9))
        Self.checkConservation(bob, rig.pair.bob.record(session: 9))
        let first = try #require(bob.first { $0.block.droppedSymbols > 0 })
        #expect(first.block.flags.isSuperset(of: [.gap, .overflow]))
        #expect(bob.filter { $0.block.flags.contains(.gap) }.allSatisfy { $0.range.lowerBound % 256 == 0 || $0.isEnd })
    }

    @Test func `disclosed samples are Alice's own`() {
        let rig = Rig()
        rig.makeReady()
        let (alice, bob) = Self.session(
            rig, symbols: 100_000, bob: Rig.start(9, options: .deliverDisclosed, vacuum: 0.1),
            alice: Rig.start(9, training: 0.5))
        let slots = Dictionary(uniqueKeysWithValues: alice.map { ($0.range.lowerBound / 256, $0) })
        let disclosed = bob.filter { $0.block.content == .disclosed }
        #expect(disclosed.count > 50)
        for frame in disclosed {
            let slot = slots[frame.range.lowerBound / 256]
            #expect(slot?.block.kind == .training)
            let offset = Int(frame.range.lowerBound % 256) * 4
            #expect(slot.map { Array($0.payload[offset..<offset + frame.payload.count]) } == frame.payload)
        }
        for frame in bob where frame.block.kind == .training || frame.block.kind == .signal {
            #expect(slots[frame.range.lowerBound / 256]?.block.kind == frame.block.kind)
        }
    }

    @Test func `guard symbols carry no samples and follow each move of the shutter`() {
        let rig = Rig { $0.shutterSettling = 50e-6 }
        rig.makeReady()
        rig.bob.ask(SetShutter(position: .open))
        rig.run(1)
        let (_, bob) = Self.session(rig, symbols: 100_000, bob: Rig.start(9, vacuum: 0.3), alice: Rig.start(9))
        for (before, after) in zip(bob, bob.dropFirst()) where !after.isEnd {
            let wasBlocked = before.block.kind == .vacuum
            let isBlocked = after.block.kind == .vacuum
            if after.block.kind == .guard {
                #expect(after.block.count == 50)
                #expect(after.block.format == SampleFormat.none && after.payload.isEmpty)
            } else if before.block.kind != .guard {
                #expect(wasBlocked == isBlocked, "the shutter moved without guard at \(after.range.lowerBound)")
            }
        }
    }

    @Test func `Bob stops first and Alice goes on`() {
        let rig = Rig()
        rig.makeReady()
        rig.bob.ask(Rig.start(9))
        rig.alice.ask(Rig.start(9))
        rig.run(1)
        rig.bob.ask(StopStream(sessionId: 9))
        let bob = rig.bob.drain()
        rig.run(3)
        Self.checkConservation(bob, rig.pair.bob.record(session: 9))
        #expect(rig.bob.replies(StreamStopped.templateID).count == 1)
        #expect(rig.pair.bob.state == .ready)
        let before = rig.alice.drain().last?.range.upperBound ?? 0
        rig.run(5)
        #expect((rig.alice.drain().last?.range.upperBound ?? 0) > before)
        #expect(rig.pair.alice.state == .streaming)
    }

    @Test func `StopStream of the last session has the same answer again`() throws {
        let rig = Rig()
        rig.makeReady()
        _ = Self.session(rig, symbols: 5_000, bob: Rig.start(9), alice: Rig.start(9))
        let first = try #require(rig.alice.replies(StreamStopped.templateID).last).block(StreamStopped.self)
        let again = try #require(rig.alice.ask(StopStream(sessionId: 9))).block(StreamStopped.self)
        #expect(first == again)
        #expect(try #require(rig.bob.ask(StopStream(sessionId: 9))).block(StreamStopped.self).cause == .peerStopped)
        #expect(rig.bob.ask(StopStream(sessionId: 10))?.error == .sessionUnknown)
    }

    @Test func `a session number is refused the second time, over a reset too`() {
        let rig = Rig()
        rig.makeReady()
        _ = Self.session(rig, symbols: 1_000, bob: Rig.start(9), alice: Rig.start(9))
        #expect(rig.bob.ask(Rig.start(9))?.error == .sessionReused)
        let (_, bob) = Self.session(rig, 10, symbols: 1_000, bob: Rig.start(10), alice: Rig.start(10))
        #expect(bob.first?.block.firstSymbol == 0)
        #expect(bob.first?.header.session == 10)
        rig.bob.ask(Reset(kind: .cold, confirmation: 0x5445_5352))
        rig.run(400)
        rig.makeReady()
        #expect(rig.bob.ask(Rig.start(9))?.error == .sessionReused)
    }

    @Test func `an armed Bob sends nothing and can be stopped`() throws {
        let rig = Rig()
        rig.makeReady()
        rig.bob.ask(Rig.start(9))
        rig.run(500)
        #expect(rig.bob.drain().isEmpty)
        rig.bob.ask(StopStream(sessionId: 9))
        let frames = rig.bob.drain()
        rig.run(3)
        #expect(frames.count == 1 && frames.first?.isEnd == true)
        let stopped = try #require(rig.bob.replies(StreamStopped.templateID).last).block(StreamStopped.self)
        #expect(stopped.nextSymbol == 0 && stopped.framesSent == 1)
    }

    @Test func `a Bob who is late declares what he missed`() throws {
        let rig = Rig()
        rig.makeReady()
        rig.alice.ask(Rig.start(9))
        rig.run(2)
        let missed = rig.alice.drain().last?.range.upperBound
        rig.bob.ask(Rig.start(9))
        rig.run(2)
        let first = try #require(rig.bob.drain().first)
        #expect(first.block.firstSymbol == missed)
        #expect(first.block.droppedSymbols == missed)
        #expect(first.block.flags.contains(.gap) && !first.block.flags.contains(.overflow))
    }

    @Test func `a session ends at its limit, in the middle of a slot`() {
        let rig = Rig()
        rig.makeReady()
        let (alice, bob) = Self.session(
            rig, symbols: .max, bob: Rig.start(9), alice: Rig.start(9, limit: 1_000))
        #expect(alice.last?.range.upperBound == 1_000)
        #expect(bob.last?.range.upperBound == 1_000)
        #expect(rig.alice.stateChanges.last?.cause == .symbolLimit)
        Self.checkConservation(bob, rig.pair.bob.record(session: 9))
    }

    @Test func `a host that does not read for a second gets its answer and the loss in it`() throws {
        let rig = Rig(isPaced: true)
        rig.makeReady()
        rig.bob.ask(Rig.start(9, options: .standalone))
        rig.run(100)
        rig.bob.ask(StopStream(sessionId: 9))
        rig.run(990)
        #expect(rig.bob.replies(StreamStopped.templateID).isEmpty)
        rig.run(20)
        let stopped = try #require(rig.bob.replies(StreamStopped.templateID).last).block(StreamStopped.self)
        #expect(stopped.droppedSymbols == stopped.nextSymbol && stopped.deliveredSymbols == 0)
        #expect(stopped.framesSent == 1)
        Self.checkConservation(rig.bob.drain(), rig.pair.bob.record(session: 9))
    }

    @Test func `a Bob in the dark streams dark slots and nothing else`() {
        let rig = Rig()
        rig.bob.hello()
        #expect(rig.bob.ask(Rig.start(8, options: .standalone, dark: 0.5))?.error == .wrongState)
        #expect(rig.bob.ask(Rig.start(9, options: .standalone, dark: 1))?.template == StreamStarted.templateID)
        rig.run(2)
        let frames = rig.bob.drain()
        #expect(!frames.isEmpty && frames.allSatisfy { $0.block.kind == .dark && $0.block.localOscillatorPower == 0 })
        #expect(frames.first?.block.firstSymbol == 0)
    }

    @Test func `a slot that is longer than Bob waits for Alice's counter does not cost him his lock`() {
        let rig = Rig(isPaced: true)
        rig.makeReady()
        // 256 symbols at 1,000/s: a slot of a quarter of a second, and her counter is needed every tenth of one.
        rig.bob.ask(Rig.start(9, rate: 1_000))
        rig.alice.ask(Rig.start(9, rate: 1_000))
        for _ in 0..<20 {
            rig.run(100)
            rig.alice.ask(Heartbeat(count: 1))
            rig.bob.ask(Heartbeat(count: 1))
        }
        let frames = rig.bob.drain().filter { $0.block.kind != .guard }
        #expect(frames.count >= 5)
        #expect(frames.allSatisfy { $0.block.kind == .signal }, "\(frames.map(\.block.kind))")
    }

    @Test func `a shutter that a command has just moved is guarded at the first symbols too`() {
        let rig = Rig { $0.shutterSettling = 10e-3 }
        rig.makeReady()
        rig.bob.ask(SetShutter(position: .open))
        rig.bob.ask(Rig.start(9, options: .standalone, slot: 256, rate: 10_000))
        rig.run(60)
        let first = rig.bob.drain().first
        #expect(first?.block.kind == .guard)
        #expect((90...101).contains(first?.block.count ?? 0), "\(first?.block.count ?? 0)")
    }

    @Test func `a restart forgets the last session`() {
        let rig = Rig()
        rig.makeReady()
        _ = Self.session(rig, symbols: 1_000, bob: Rig.start(9), alice: Rig.start(9))
        rig.bob.ask(Reset(kind: .warm, confirmation: 0x5445_5352))
        rig.run(400)
        rig.bob.hello()
        #expect(rig.bob.ask(StopStream(sessionId: 9))?.error == .wrongState)
    }

    @Test func `without Alice's counter Bob's symbols are Unlocked, and the gap back is declared`() throws {
        let rig = Rig(isPaced: true)
        rig.makeReady()
        rig.bob.ask(Rig.start(9))
        rig.alice.ask(Rig.start(9))
        rig.run(50)
        rig.pair.bob.inject(.peerLost)
        rig.run(300)
        let lost = rig.bob.drain()
        #expect(lost.last?.block.kind == .unlocked)
        #expect(lost.last?.block.flags.contains(.clockUnlocked) == true)
        rig.pair.bob.inject(.clear)
        rig.run(50)
        let back = rig.bob.drain()
        #expect(back.last?.block.kind == .signal)
        let all = lost + back
        let gaps = zip(all, all.dropFirst()).filter { $0.range.upperBound != $1.range.lowerBound }
        #expect(!gaps.isEmpty)
        for (_, after) in gaps { #expect(after.block.flags.contains(.gap)) }
    }
}

extension StreamRecord {
    var isEnd: Bool { block.flags.contains(.endOfSession) }
}
