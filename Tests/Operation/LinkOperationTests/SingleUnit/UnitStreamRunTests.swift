import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// A stream of one unit alone.
@Suite(.virtualTime) struct UnitStreamRunTests {
    @Test(arguments: ["warming", "started", "moment"], SingleUnitBench.Way.allCases)
    func `a stream that is ended leaves its unit dark, open and unnoted`(
        event: String, way: SingleUnitBench.Way
    ) async throws {
        let bench = try await SingleUnitBench()
        let result = try await bench.ended(way, at: event) { try await bench.stream().perform(on: bench.unit) }
        switch result {
        case .success(let outcome):
            guard case .ended = outcome.failure else {
                Issue.record("\(String(describing: outcome.failure))")
                break
            }
            #expect(outcome.endedBy == .request && outcome.said != nil)
        case .failure(UnitRunFailure.ended): #expect(event == "warming")
        case .failure(let error): Issue.record("\(error)")
        }
        bench.expectOrder(event)
        await bench.close()
    }

    @Test func `a unit that ignores StopStream ends the run with that, and is dark once it is closed`() async throws {
        let bench = try await SingleUnitBench(relay: { $0.ignore(StopStream.self) })
        let began = HostClock.test.now
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        #expect(HostClock.test.now - began < .seconds(30))
        guard case .unit(.timedOut(let request, _)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(request == "StopStream")
        #expect(outcome.counters.deliveredSymbols > 0 && outcome.said == nil)
        #expect(bench.sessions.all().isEmpty)
        await bench.close()
    }

    @Test(arguments: [0, 0.5, 1e15] as [Double])
    func `a unit whose rate is none is refused in the dark`(rate: Double) async throws {
        let bench = try await SingleUnitBench(relay: { relay in
            relay.change(Capabilities.self) { ($0.minimumSymbolRate, $0.maximumSymbolRate) = (rate, rate) }
        })
        do throws(UnitRunFailure) {
            _ = try await bench.stream { $0.symbolRate = nil }.perform(on: bench.unit)
            Issue.record("it streamed")
        } catch {
            guard case .unit(.badReply("GetCapabilities", _)) = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(bench.heard.withLock { $0 } == [])
        bench.expectOrder()
        await bench.close()
    }

    @Test(arguments: [-1, 0, 100, Int.max])
    func `frames that have no room, or cannot be, are refused in the dark`(bytes: Int) async throws {
        let bench = try await SingleUnitBench()
        do throws(UnitRunFailure) {
            _ = try await bench.stream { $0.frameBytes = bytes }.perform(on: bench.unit)
            Issue.record("it streamed")
        } catch {
            guard case .unit(.outOfRange("frame size", _, _)) = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(bench.heard.withLock { $0 } == [])
        bench.expectOrder()
        await bench.close()
    }

    @Test func `others find the session until its light is out`() async throws {
        let bench = try await SingleUnitBench()
        // Its answers take a while, so that light down does.
        bench.pair.bob.inject(.lateReplies, value: 40)
        let unnoted = Guarded(0)
        let looking = Task(executorPreference: HostClock.test.executor) {
            while !bench.heard.withLock({ $0.contains("started") }) {
                try await HostClock.test.sleep(for: .milliseconds(5))
            }
            while bench.emulated.state != .dark {
                if bench.sessions.all().isEmpty { unnoted.withLock { $0 += 1 } }
                try await HostClock.test.sleep(for: .milliseconds(5))
            }
        }
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        #expect(outcome.failure == nil)
        try await looking.value
        #expect(unnoted.withLock { $0 } == 0)
        bench.expectOrder()
        await bench.close()
    }

    @Test func `one unit alone has no purpose key`() {
        #expect(UnitStreamRun.Purpose.allCases.map(\.ofSession) == [.calibration, .test])
    }

    @Test func `a stream of which every sample frame is malformed fails, and says what is wrong with them`()
        async throws
    {
        let bench = try await SingleUnitBench(frames: { index, _, frame in
            if frame.kind != .none { frame.format = index == 0 ? .x16 : .xp16 }
            if index == 0 { frame.purpose = .calibration } else if frame.kind != .none { frame.count += 1 }
        })
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        guard case .refused(let counters) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(counters.deliveredSymbols == 0 && counters.refusals.first == .otherPurpose)
        #expect(counters.refusals.occurred.map(\.frames).reduce(0, +) == counters.refusedFrames)
        #expect(counters.refusedSymbols == counters.nextSymbol && counters.declaredGapSymbols == 0)
        await bench.close()
    }

    @Test func `a stream whose unit counts impossible losses fails, and says so`() async throws {
        let bench = try await SingleUnitBench(frames: { _, _, frame in frame.droppedSymbols = 1 << 63 })
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        guard case .account(let counters) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(counters.contradictedFrames > 1 && counters.unitDroppedSymbols == 0 && !counters.isConserved)
        await bench.close()
    }

    /// What a unit says of the end, and how. A reply that comes before the end frame and one that comes after it are the same.
    @Test(
        arguments: [
            { $0.droppedSymbols += 1_000 }, { $0.framesSent += 7 }, { $0.framesSent = 1 << 40 }, { $0.sessionId ^= 1 },
            { ($0.nextSymbol, $0.deliveredSymbols, $0.droppedSymbols, $0.framesSent) = (0, 0, 0, 0) },
            { ($0.nextSymbol, $0.deliveredSymbols, $0.droppedSymbols, $0.framesSent) = (.max, .max, .max, .max) },
            { ($0.deliveredSymbols, $0.droppedSymbols) = ($0.deliveredSymbols - 8, $0.droppedSymbols + 8) },
            { ($0.nextSymbol, $0.droppedSymbols) = ($0.nextSymbol + 1_000, $0.droppedSymbols + 1_000) },
        ] as [@Sendable (inout StreamStopped) -> Void], [0, 300])
    func `a stream whose unit contradicts itself at the end is a bad reply, and its document says so`(
        lie: @escaping @Sendable (inout StreamStopped) -> Void, lateBy delay: Double
    ) async throws {
        let bench = try await SingleUnitBench(relay: { $0.change(StreamStopped.self, lie) })
        if delay > 0 { bench.pair.bob.inject(.lateReplies, value: delay) }
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        guard case .unit(.badReply("StopStream", _)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure)), \(String(describing: outcome.said))")
            return
        }
        #expect(outcome.said?.contradiction != nil)
        await bench.close()
    }

    @Test(arguments: [0, 300]) func `a stream whose unit refuses to tell its account has an end, and no account`(
        lateBy delay: Double
    ) async throws {
        let bench = try await SingleUnitBench(relay: {
            $0.refuse(StreamStopped.self, .wrongState, of: StopStream.templateID)
        })
        if delay > 0 { bench.pair.bob.inject(.lateReplies, value: delay) }
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        guard case .unconfirmed(.refused) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(outcome.counters.ending == .endFrame && outcome.said == nil)
        await bench.close()
    }

    /// Nothing comes from symbol 50,000 on, not even the end frame.
    @Test(arguments: [true, false]) func `a tail that is lost is a gap, or unknown if the unit's word cannot be`(
        lies: Bool
    ) async throws {
        let bench = try await SingleUnitBench(
            relay: { if lies { $0.change(StreamStopped.self) { $0.sessionId ^= 1 } } },
            cut: { _, frame in frame.firstSymbol >= 50_000 })
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        let counters = outcome.counters
        #expect(counters.ending == (lies ? .unknown : .unitCount), "\(counters)")
        if lies {
            guard case .unit(.badReply) = outcome.failure else {
                Issue.record("\(String(describing: outcome.failure))")
                return
            }
            #expect(counters.nextSymbol < 55_000 && counters.gapSymbols == 0)
        } else {
            #expect(outcome.failure == nil && counters.gaps == 1 && counters.missingSymbols > 20_000, "\(counters)")
        }
        await bench.close()
    }

    @Test func `an end frame that never comes is said, and the unit's word names the end`() async throws {
        let bench = try await SingleUnitBench { $0.adjust = { $0.defects = [.noEndFrame] } }
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        #expect(outcome.failure == nil && outcome.counters.ending == .unitCount && outcome.counters.isConserved)
        await bench.close()
    }

    @Test func `a stream whose frames have more clipped samples than samples is refused`() async throws {
        let bench = try await SingleUnitBench(frames: { _, _, frame in
            if frame.kind != .none { frame.clippedSamples = .max }
        })
        let outcome = try await bench.stream { $0.duration = .seconds(1) }.perform(on: bench.unit)
        guard case .refused(let counters) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(counters.refusals.first == .tooManyClips && counters.clippedSamples == 0)
        await bench.close()
    }
}
