import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// Bob's unit in the same process, found as long as it is plugged in.
private final class InProcessFinder: UnitFinder {
    let pair: EmulatedPair
    /// What a reset of the port does to the unit.
    let onReset: @Sendable (EmulatedUnit) -> Void
    let resets = Guarded(0)
    /// Units that are opened instead, one after another: somebody else has taken the place.
    let others: Guarded<[EmulatedUnit]>

    init(
        _ pair: EmulatedPair, others: [EmulatedUnit] = [],
        onReset: @escaping @Sendable (EmulatedUnit) -> Void = { _ in }
    ) {
        self.pair = pair
        self.others = Guarded(others)
        self.onReset = onReset
    }

    func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
        let other = others.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        do throws(TransportError) { return try InProcessPort(other ?? pair.bob) } catch { throw .transport(error) }
    }

    func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool {
        resets.withLock { $0 += 1 }
        onReset(pair.bob)
        return true
    }
}

/// One unit that fails in every way, and the supervisor that keeps it usable.
@Suite(.virtualTime) struct UnitSupervisorTests {
    private static func policy() -> RecoveryPolicy {
        var policy = RecoveryPolicy()
        policy.firstPause = .milliseconds(5)
        policy.absence = .seconds(10)
        return policy
    }

    private static func supervisor(_ finder: InProcessFinder, _ policy: RecoveryPolicy = policy()) -> UnitSupervisor {
        UnitSupervisor(
            .usb(serial: "NOVA-B-0001"), role: .bob, hostName: "test", finder: finder, policy: policy,
            clock: .test)
    }

    private static func failure(_ body: () async throws -> Void) async -> UnitError? {
        await UnitTests.failure(body)
    }

    @Test func `a unit that is unplugged and comes back is the same unit again`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        let unit = try await supervisor.unit(within: .zero)
        pair.bob.inject(.unplug)
        let error = await Self.failure { _ = try await unit.status() }
        guard case .transport(.gone) = error, let error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let replug = Task(executorPreference: HostClock.test.executor) {
            try await HostClock.test.sleep(for: .milliseconds(200))
            pair.bob.inject(.replug)
        }
        let recovery = try await supervisor.recover(unit, after: error)
        try await replug.value
        #expect(recovery.step == .reconnection)
        #expect(recovery.unit.identity.serial == "NOVA-B-0001")
        #expect(try await recovery.unit.status().state == .dark)
        #expect(await supervisor.counters.reconnections == 1)
        #expect(await supervisor.state == .usable)
        await supervisor.close()
    }

    @Test func `a unit that stays away is absent after the time allowed, not broken, and may come back later`()
        async throws
    {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair), RecoveryPolicy())
        let unit = try await supervisor.unit(within: .zero)
        pair.bob.inject(.unplug)
        let start = HostClock.test.now
        let error = await Self.failure { _ = try await supervisor.recover(unit, after: .transport(.gone(path: "x"))) }
        guard case .transport(.notFound) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(await supervisor.state == .absent)
        let elapsed = HostClock.test.now - start
        #expect(elapsed >= .seconds(30) && elapsed < .seconds(35), "\(elapsed)")
        pair.bob.inject(.replug)
        let back = try await supervisor.unit(within: .seconds(5))
        #expect(back.identity.serial == "NOVA-B-0001")
        await supervisor.close()
    }

    @Test func `a unit with a loose plug is quarantined until it is released`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        var policy = Self.policy()
        policy.reconnections = 2
        let supervisor = Self.supervisor(InProcessFinder(pair), policy)
        var unit = try await supervisor.unit(within: .zero)
        for _ in 0..<2 { unit = try await supervisor.recover(unit, after: .transport(.gone(path: "x"))).unit }
        let error = await Self.failure { _ = try await supervisor.recover(unit, after: .transport(.gone(path: "x"))) }
        guard case .quarantined(let serial, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(serial == "NOVA-B-0001")
        #expect(await Self.failure { _ = try await supervisor.unit(within: .zero) } == error)
        await supervisor.release()
        #expect(try await supervisor.unit(within: .zero).identity.serial == "NOVA-B-0001")
        await supervisor.close()
    }

    @Test func `a brown-out is waited out: the bootloader is not the unit, its firmware is`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        let unit = try await supervisor.unit(within: .zero)
        let boots = unit.identity.bootCount
        pair.bob.inject(.brownOut, value: 300)
        let recovery = try await supervisor.recover(unit, after: .transport(.gone(path: "x")))
        #expect(recovery.unit.identity.bootCount > boots)
        #expect(recovery.unit.identity.resetCause == .brownOut)
        await supervisor.close()
    }

    @Test func `a mute unit is reset, and helped by it`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let finder = InProcessFinder(pair) { $0.inject(.clear) }
        let supervisor = Self.supervisor(finder)
        let unit = try await supervisor.unit(within: .zero)
        pair.bob.inject(.hang)
        let error = await Self.failure { _ = try await unit.status() }
        guard case .timedOut = error, let error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let recovery = try await supervisor.recover(unit, after: error)
        #expect(recovery.step == .reset)
        #expect(finder.resets.withLock { $0 } == 1)
        #expect(try await recovery.unit.status().state == .dark)
        await supervisor.close()
    }

    @Test func `a unit that no reset helps is quarantined, which everybody is told`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let finder = InProcessFinder(pair)
        let supervisor = Self.supervisor(finder)
        let unit = try await supervisor.unit(within: .zero)
        let states = await supervisor.states()
        pair.bob.inject(.hang)
        let error = await Self.failure {
            _ = try await supervisor.recover(unit, after: .timedOut(request: "GetStatus", milliseconds: 1))
        }
        guard case .quarantined = error, let error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(finder.resets.withLock { $0 } == 2)
        #expect(await supervisor.counters.resets == 2)
        #expect(await supervisor.counters.quarantines == 1)
        await supervisor.close()
        var seen: [UnitSupervisor.State] = []
        for await state in states { seen.append(state) }
        #expect(seen.contains(.recovering(.reset)) && seen.contains(.quarantined(error)) && seen.last == .closed)
    }

    @Test func `a lost stream costs a session and nothing else`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        let unit = try await supervisor.unit(within: .zero)
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        var plan = StreamPlan(
            session: 1, purpose: .test, frameBytes: 1024, symbolsPerFrame: 128, symbolRate: 50_000, vacuumFraction: 1)
        _ = try await unit.startStream(plan)
        let recovery = try await supervisor.recover(unit, after: .streamStalled(milliseconds: 5000))
        #expect(recovery.step == .newSession)
        #expect(recovery.unit === unit)
        #expect(try await unit.status().state == .ready)
        plan.session = 2
        _ = try await unit.startStream(plan)
        #expect(try await unit.status().state == .streaming)
        await supervisor.close()
    }

    @Test func `a stream that is lost again and again ends in a reset`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        var unit = try await supervisor.unit(within: .zero)
        var steps: [RecoveryStep] = []
        for _ in 0..<4 {
            let recovery = try await supervisor.recover(unit, after: .streamStalled(milliseconds: 5000))
            steps.append(recovery.step)
            unit = recovery.unit
        }
        #expect(steps == [.newSession, .newSession, .newSession, .reset])
        await supervisor.noteSteadySession()
        #expect(try await supervisor.recover(unit, after: .streamStalled(milliseconds: 1)).step == .newSession)
        await supervisor.close()
    }

    @Test func `another unit in its place is not taken for it`() async throws {
        let (pair, stranger) = (UnitTests.pair(), UnitTests.pair(seed: 2))
        defer {
            pair.stop()
            stranger.stop()
        }
        let finder = InProcessFinder(pair)
        let supervisor = Self.supervisor(finder)
        let unit = try await supervisor.unit(within: .zero)
        // Alice answers where Bob was, twice; then Bob is back.
        finder.others.withLock { $0 = [stranger.alice, stranger.alice] }
        let recovery = try await supervisor.recover(unit, after: .transport(.gone(path: "x")))
        #expect(recovery.unit.identity.serial == "NOVA-B-0001")
        await supervisor.close()
    }

    @Test func `two who report the same failure share one recovery`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        let unit = try await supervisor.unit(within: .zero)
        let gone = UnitError.transport(.gone(path: "x"))
        async let first = supervisor.recover(unit, after: gone)
        async let second = supervisor.recover(unit, after: gone)
        let units = try await (first.unit, second.unit)
        #expect(units.0 === units.1 && units.0 !== unit)
        #expect(await supervisor.counters.reconnections == 1)
        await supervisor.close()
    }

    @Test func `what is nobody's to retry is thrown as it is`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        let unit = try await supervisor.unit(within: .zero)
        let error = await Self.failure {
            _ = try await supervisor.recover(unit, after: .sessionEnded(cause: .hardwareFault))
        }
        #expect(error == .sessionEnded(cause: .hardwareFault))
        #expect(await supervisor.counters == RecoveryCounters())
        await supervisor.close()
    }

    @Test func `an idle unit is kept usable until that is no longer wanted`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        let unit = try await supervisor.unit(within: .zero)
        let keeping = Task(executorPreference: HostClock.test.executor) {
            await Self.failure { try await supervisor.keepUsable() }
        }
        pair.bob.inject(.unplug)
        try await HostClock.test.sleep(for: .milliseconds(300))
        pair.bob.inject(.replug)
        var usable: Unit?
        for _ in 0..<100 where usable == nil {
            try await HostClock.test.sleep(for: .milliseconds(50))
            if let now = try? await supervisor.unit(within: .zero), now !== unit { usable = now }
        }
        #expect(usable != nil)
        keeping.cancel()
        #expect(await keeping.value == nil)
        await supervisor.close()
    }

    @Test func `closing ends a recovery that waits`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(InProcessFinder(pair))
        let unit = try await supervisor.unit(within: .zero)
        pair.bob.inject(.unplug)
        let recovering = Task(executorPreference: HostClock.test.executor) {
            await Self.failure { _ = try await supervisor.recover(unit, after: .transport(.gone(path: "x"))) }
        }
        try await HostClock.test.sleep(for: .milliseconds(200))
        let start = HostClock.test.now
        await supervisor.close()
        #expect(HostClock.test.now - start < .seconds(2))
        #expect(await recovering.value != nil)
    }
}
