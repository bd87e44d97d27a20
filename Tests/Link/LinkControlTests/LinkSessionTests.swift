import LinkControl
import QuadratureAnalysis
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// A whole pair, driven as the programs drive it.
@Suite(.alwaysVirtualTime) struct LinkSessionTests {
    static func configuration(seed: UInt64, _ change: (inout PairConfiguration) -> Void = { _ in }) -> PairConfiguration
    {
        var configuration = PairConfiguration(model: PairModel(seed: seed))
        configuration.warmUpTime = 0.05
        change(&configuration)
        return configuration
    }

    static func run(
        alice: Unit, bob: Unit, plan: LinkPlan, symbols: UInt64,
        during: @escaping @Sendable (LinkReport) async -> Void = { _ in }
    ) async throws -> (LinkReport, LinkError?) {
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        _ = try await session.measureElectronicNoise(samples: 1_000_000)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let report = try await session.run { report in
            await during(report)
            return report.bob.nextSymbol >= symbols
        }
        let fault = await session.fault()
        await session.lightDown()
        return (report, fault)
    }

    @Test func `a session through another filter than that of the electronic noise is refused`() async throws {
        let pair = EmulatedPair.test(Self.configuration(seed: 12) { $0.adjust = { $0.sessionFilter = 2 } })
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let session = try await LinkSession(
            alice: alice, bob: bob,
            plan: LinkPlan(purpose: .calibration, symbolRate: 2e6, vacuumFraction: 0.4, trainingFraction: 0.6))
        _ = try await session.measureElectronicNoise(samples: 1_000_000)
        try await session.lightUp(within: .seconds(10))
        await #expect(
            throws: LinkError.unit(
                .bob,
                .badReply(request: "StartStream", reason: "signal processing 2 in the session, V_off has 1"))
        ) { try await session.start() }
        await session.lightDown()
        await alice.close()
        await bob.close()
    }

    @Test(arguments: [PairModel.Receiver.heterodyne, .homodyne])
    func `a pair in process is measured, and the account is whole`(detection: PairModel.Receiver) async throws {
        let pair = EmulatedPair.test(
            Self.configuration(seed: 11) {
                $0.model.receiver = detection
                // Its image is .02 SNU of excess noise, for the estimator and for the truth.
                $0.model.imbalance = PairModel.Imbalance(gain: 0.1, angle: 0.08)
            })
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .calibration, symbolRate: 2e6, vacuumFraction: 0.4, trainingFraction: 0.6)
        let (report, fault) = try await Self.run(alice: alice, bob: bob, plan: plan, symbols: 4_000_000)
        #expect(fault == nil)
        for (counters, unit) in [(report.alice, pair.alice), (report.bob, pair.bob)] {
            let record = try #require(unit.record(session: report.session))
            #expect(counters.isConserved)
            #expect(counters.gapSymbols == 0)
            #expect(counters.deliveredSymbols == record.measuredSymbols)
            #expect(counters.frames == record.frames)
            for kind in SymbolKind.known { #expect(counters.symbols(kind) == record.symbols(kind), "\(kind)") }
        }
        #expect(report.alice.nextSymbol == report.bob.nextSymbol)
        #expect(report.delay == pair.configuration.model.delay)
        #expect(report.verifiedSymbols > 0)
        let health = try #require(report.health)
        let truth = try #require(pair.truth(session: report.session, symbols: 0..<report.bob.nextSymbol)).truth
        // One seed, five sigma: a false alarm every 2 million runs of a correct estimator.
        #expect(abs(health.transmittance.value.value - truth.transmittance) < 5 * health.transmittance.sigma.value)
        #expect(abs(health.excessNoise.value.value - truth.excessNoise) < 5 * health.excessNoise.sigma.value)
        #expect(abs(health.clearance.value.value - truth.clearance) < 5 * health.clearance.sigma.value)
        await alice.close()
        await bob.close()
    }

    @Test func `symbols lost on the way and in the unit are gaps, and the estimate survives`() async throws {
        let pair = EmulatedPair.test(Self.configuration(seed: 13))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .test, symbolRate: 2e6, vacuumFraction: 0.3, trainingFraction: 0.5)
        let (report, fault) = try await Self.run(alice: alice, bob: bob, plan: plan, symbols: 3_000_000) { report in
            if report.bob.gaps == 0 {
                pair.bob.inject(.fifoOverflow, value: 3)
                pair.bob.inject(.dropStreamFrame, value: 2)
                pair.bob.inject(.corruptFrame, value: 50)
            }
        }
        #expect(fault == nil)
        let record = try #require(pair.bob.record(session: report.session))
        #expect(report.bob.isConserved)
        #expect(report.bob.unitDroppedSymbols == record.droppedSymbols)
        #expect(record.droppedSymbols > 0)
        #expect(report.bob.corruptFrames > 0)
        #expect(report.bob.gapSymbols > record.droppedSymbols)
        let health = try #require(report.health)
        let truth = try #require(pair.truth(session: report.session, symbols: 0..<report.bob.nextSymbol)).truth
        #expect(abs(health.excessNoise.value.value - truth.excessNoise) < 5 * health.excessNoise.sigma.value)
        await alice.close()
        await bob.close()
    }

    @Test func `a lost tail, end frame included, is a declared gap and no error`() async throws {
        let pair = EmulatedPair.test(Self.configuration(seed: 18))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 0.3, trainingFraction: 0.5)
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let report = try await session.run { report in
            if report.bob.nextSymbol > 300_000 { pair.bob.inject(.corruptFrame, value: 1) }
            return report.alice.nextSymbol > 800_000
        }
        await session.lightDown()
        #expect(report.bob.isConserved)
        #expect(report.bob.corruptFrames > 0)
        #expect(report.bob.gapSymbols > 0)
        #expect(report.bob.nextSymbol == report.alice.nextSymbol)
        await alice.close()
        await bob.close()
    }

    @Test func `exchanged selectors are refused by name`() async throws {
        let pair = EmulatedPair.test(Self.configuration(seed: 14))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .test, symbolRate: 1e6)
        await #expect(
            throws: LinkError.unit(.alice, .wrongRole(needed: .alice, found: .bob, serial: bob.identity.serial))
        ) { _ = try await LinkSession(alice: bob, bob: alice, plan: plan) }
        await alice.close()
        await bob.close()
    }

    @Test func `a plan that a unit cannot carry out is refused before any light is on`() async throws {
        let pair = EmulatedPair.test(Self.configuration(seed: 15))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        for plan in [
            LinkPlan(purpose: .test, symbolRate: 1e12), LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 1.5),
            LinkPlan(purpose: .test, symbolRate: 1e6, modulationVariance: 1e4),
            LinkPlan(purpose: .test, symbolRate: 1e6, frameBytes: 3000),
        ] {
            await #expect(throws: LinkError.self) { _ = try await LinkSession(alice: alice, bob: bob, plan: plan) }
        }
        #expect(try await alice.opticalState().light.isEmpty)
        await alice.close()
        await bob.close()
    }

    @Test func `a cancelled session ends in order, and leaves both units without light`() async throws {
        let pair = EmulatedPair.test(Self.configuration(seed: 16))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let session = try await LinkSession(alice: alice, bob: bob, plan: LinkPlan(purpose: .test, symbolRate: 1e6))
        try await session.lightUp(within: .seconds(5))
        try await session.start()
        let (reports, arrived) = AsyncStream.makeStream(of: UInt64.self)
        let running = Task(executorPreference: HostClock.test.executor) {
            try await session.run { report in
                arrived.yield(report.bob.nextSymbol)
                return false
            }
        }
        for await symbol in reports where symbol > 0 { break }
        running.cancel()
        let report = try await running.value
        await session.lightDown()
        #expect(report.bob.isConserved)
        #expect(report.bob.nextSymbol == report.alice.nextSymbol)
        #expect(try await alice.status().state == .dark)
        #expect(try await bob.status().state == .dark)
        await alice.close()
        await bob.close()
    }

    @Test func `in a key session nothing can be captured, here or on the unit`() async throws {
        let pair = EmulatedPair.test(Self.configuration(seed: 17))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let session = try await LinkSession(alice: alice, bob: bob, plan: LinkPlan(purpose: .key, symbolRate: 1e6))
        try await session.lightUp(within: .seconds(5))
        try await session.start()
        let running = Task(executorPreference: HostClock.test.executor) {
            try await session.run { $0.bob.nextSymbol > 500_000 }
        }
        await #expect(throws: UnitError.purposeForbids(action: "Capture")) { _ = try await bob.capture(samples: 100) }
        await #expect(throws: UnitError.purposeForbids(action: "Capture")) {
            _ = try await bob.ask(Capture(sampleCount: 100), for: CaptureReady.self)
        }
        _ = try await running.value
        await session.lightDown()
        await alice.close()
        await bob.close()
    }
}
