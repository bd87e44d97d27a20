import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// The shot noise of a receiver that is alone.
@Suite(.virtualTime) struct ShotNoiseWatchTests {
    private struct Broken: Error {}

    @Test(arguments: ["measuring", "V_off", "warming", "started", "window"], SingleUnitBench.Way.allCases)
    func `a watch that is ended leaves its unit dark, open and unnoted`(
        event: String, way: SingleUnitBench.Way
    ) async throws {
        // At a megahertz it streams.
        let bench = try await SingleUnitBench { $0.adjust = { $0.maximumSymbolRate = 1e6 } }
        let result = try await bench.ended(way, at: event) { try await bench.watch().perform(on: bench.unit) }
        switch result {
        case .success(let state): #expect(["started", "window"].contains(event) && state.windows < 3)
        case .failure(UnitRunFailure.ended): #expect(["measuring", "V_off", "warming"].contains(event))
        case .failure(let error): Issue.record("\(error)")
        }
        bench.expectOrder(event)
        await bench.close()
    }

    @Test(arguments: ["started", "window"], SingleUnitBench.Way.allCases)
    func `a watch of what the unit sums, ended, leaves it dark, open and unnoted`(
        event: String, way: SingleUnitBench.Way
    ) async throws {
        let bench = try await SingleUnitBench(.bob, SingleUnitBench.slow)
        let result = try await bench.ended(way, at: event) {
            try await bench.watch { $0.windowSamples = 100_000 }.perform(on: bench.unit)
        }
        switch result {
        case .success, .failure(UnitRunFailure.ended): break
        case .failure(let error): Issue.record("\(error)")
        }
        bench.expectOrder(event)
        await bench.close()
    }

    @Test func `a unit that ignores StopStream ends the watch with that, and is dark once it is closed`() async throws {
        let bench = try await SingleUnitBench(.bob, { $0.adjust = { $0.maximumSymbolRate = 1e6 } }) {
            $0.ignore(StopStream.self)
        }
        let began = HostClock.test.now
        do {
            _ = try await bench.watch { $0.duration = .seconds(1) }.perform(on: bench.unit)
            Issue.record("it ended as it should")
        } catch UnitRunFailure.unit(.timedOut(let request, _)) {
            #expect(request == "StopStream")
        }
        #expect(HostClock.test.now - began < .seconds(30))
        #expect(bench.sessions.all().isEmpty)
        await bench.close()
    }

    @Test(arguments: [0, 0.5, 1e15] as [Double], [true, false])
    func `a unit whose rate is none is refused in the dark`(rate: Double, usesMoments: Bool) async throws {
        let bench = try await SingleUnitBench(relay: { relay in
            relay.change(Capabilities.self) { ($0.minimumSymbolRate, $0.maximumSymbolRate) = (0, rate) }
        })
        do {
            _ = try await bench.watch { $0.usesMoments = usesMoments }.perform(on: bench.unit)
            Issue.record("it was watched")
        } catch UnitRunFailure.unit(.badReply(let request, _)) {
            #expect(request == "GetCapabilities")
        }
        #expect(bench.heard.withLock { $0 } == [])
        bench.expectOrder()
        await bench.close()
    }

    @Test func `a unit that streams one quadrature and says that it measures two is refused`() async throws {
        let bench = try await SingleUnitBench(
            .bob,
            {
                $0.model.receiver = .homodyne
                $0.adjust = { $0.maximumSymbolRate = 1e6 }
            }
        ) { relay in relay.change(Capabilities.self) { $0.detection = .heterodyne } }
        do {
            _ = try await bench.watch { $0.duration = .seconds(1) }.perform(on: bench.unit)
            Issue.record("its frames were summed")
        } catch UnitRunFailure.unit(.badReply(let request, _)) {
            #expect(request == "MeasureMoments")
        }
        bench.expectOrder()
        await bench.close()
    }

    /// What a unit says of sums that nobody can have made.
    enum Sum: String, CaseIterable, Sendable {
        case squares, sum, clipped

        func apply(_ moments: inout Moments) {
            switch self {
            case .squares: (moments.sumSquaresX, moments.sumSquaresP) = (.max, .max - 1)
            case .sum: (moments.sumX, moments.sumP) = (.min, .max)
            case .clipped: moments.clippedSamples = .max
            }
        }
    }

    @Test(arguments: Sum.allCases) func `sums near the end of the integers are refused`(_ sum: Sum) async throws {
        let bench = try await SingleUnitBench(.bob, SingleUnitBench.slow) { relay in
            relay.change(Moments.self) { if $0.kind == .vacuum { sum.apply(&$0) } }
        }
        do {
            _ = try await bench.watch { $0.duration = .seconds(60) }.perform(on: bench.unit)
            Issue.record("they were believed")
        } catch UnitRunFailure.unit(.badReply(let request, _)) {
            #expect(request == "MeasureMoments")
        }
        bench.expectOrder()
        await bench.close()
    }

    @Test(arguments: [1e30, .nan, .infinity, -1, 0] as [Double])
    func `numbers of samples that are none are what the unit can do, or one`(samples: Double) async throws {
        let bench = try await SingleUnitBench(.bob, SingleUnitBench.slow) { relay in
            relay.change(Capabilities.self) { $0.maximumMomentSamples = 10_000 }
        }
        let state = try await bench.watch {
            $0.darkSamples = samples
            $0.windowSamples = samples
            $0.duration = .seconds(1)
        }.perform(on: bench.unit)
        #expect(state.windows > 0)
        bench.expectOrder()
        await bench.close()
    }

    @Test func `a watch that would end before it has a reference is refused in the dark`() async throws {
        let bench = try await SingleUnitBench(.bob, SingleUnitBench.slow)
        do {
            _ = try await bench.watch {
                $0.referenceWindows = 10_000
                $0.duration = .seconds(1)
            }.perform(on: bench.unit)
            Issue.record("it was watched")
        } catch UnitRunFailure.noReference(let seconds, 1) {
            #expect(seconds > 1)
        }
        #expect(bench.heard.withLock { $0 } == [])
        await bench.close()
    }

    @Test func `who listens and is ended by the same Ctrl-C makes no other failure of it`() async throws {
        let bench = try await SingleUnitBench(.bob, SingleUnitBench.slow)
        do {
            _ = try await bench.watch({ _ in }) { [end = bench.end] event in
                guard case .window = event else { return }
                end.request()
                throw Broken()
            }.perform(on: bench.unit)
            Issue.record("nothing was thrown")
        } catch UnitRunFailure.ended {
        }
        bench.expectOrder()
        await bench.close()
    }

    @Test func `what a listener throws by itself is thrown`() async throws {
        let bench = try await SingleUnitBench(.bob, SingleUnitBench.slow)
        await #expect(throws: Broken.self) {
            _ = try await bench.watch({ _ in }) { event in
                if case .window = event { throw Broken() }
            }.perform(on: bench.unit)
        }
        bench.expectOrder()
        await bench.close()
    }

    @Test func `a transmitter is refused, and stays as it is`() async throws {
        let bench = try await SingleUnitBench(.alice)
        try await bench.unit.set(SetSignalLaser(on: true))
        do {
            _ = try await bench.watch().perform(on: bench.unit)
            Issue.record("it was watched")
        } catch UnitRunFailure.unit(.wrongRole) {
        }
        #expect([.warmingUp, .ready].contains(bench.emulated.state))
        #expect(bench.sessions.all().isEmpty)
        await bench.close()
    }

    @Test func `a watch whose every vacuum frame is refused ends by itself, and says why`() async throws {
        let bench = try await SingleUnitBench(frames: { _, header, _ in header.session ^= 1 })
        do {
            _ = try await bench.watch().perform(on: bench.unit)
            Issue.record("it watched")
        } catch UnitRunFailure.refused(let counters) {
            #expect(counters.refusals.first == .otherSession && counters.deliveredSymbols == 0)
        }
        await bench.close()
    }
}
