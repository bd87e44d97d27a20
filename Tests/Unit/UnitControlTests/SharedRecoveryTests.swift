import Testing
@testable import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// Finds Bob's unit as slowly as the test likes, and remembers every connection that it opened.
private final class SlowFinder: UnitFinder {
    private struct State {
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var asked = 0
        var opened: [InProcessPort] = []
    }

    private let unit: EmulatedUnit
    private let state = Guarded(State())

    init(_ unit: EmulatedUnit) { self.unit = unit }

    /// Times that somebody asked for the unit.
    var asked: Int { state.withLock { $0.asked } }
    /// Connections that were opened.
    var opened: [InProcessPort] { state.withLock { $0.opened } }

    /// From now on the search lasts until `release`, whoever is cancelled meanwhile.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isHeld = false
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.asked += 1
                if state.isHeld { state.waiting.append(continuation) }
                return !state.isHeld
            }
            if goesOn { continuation.resume() }
        }
        do throws(TransportError) {
            let port = try InProcessPort(unit)
            state.withLock { $0.opened.append(port) }
            return port
        } catch {
            throw .transport(error)
        }
    }

    func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool { true }

    /// Connections that nobody closed.
    func leftOpen() async -> Int {
        var count = 0
        for port in opened {
            do throws(TransportError) { try await port.send([]) } catch { continue }
            count += 1
        }
        return count
    }
}

/// Several callers of one supervisor: whatever they want, there is one piece of work and one connection.
@Suite(.timeLimit(.minutes(1)))
struct SharedRecoveryTests {
    private typealias Answer = Result<Unit, UnitError>

    private static func supervisor(_ finder: SlowFinder) -> UnitSupervisor {
        var policy = RecoveryPolicy()
        policy.firstPause = .milliseconds(5)
        return UnitSupervisor(
            .usb(serial: "NOVA-B-0001"), role: .bob, hostName: "test", finder: finder, policy: policy)
    }

    private static func ask(_ supervisor: UnitSupervisor, within limit: Duration = .seconds(20)) -> Task<Answer, Never>
    {
        Task {
            do throws(UnitError) { return .success(try await supervisor.unit(within: limit)) } catch {
                return .failure(error)
            }
        }
    }

    /// A unit whose connection has ended, and nobody has looked yet.
    private static func loseConnection(_ supervisor: UnitSupervisor, _ unit: EmulatedUnit) async throws {
        let first = try await supervisor.unit(within: .zero)
        unit.inject(.unplug)
        try await eventually { if case .ended = await first.phase { true } else { false } }
        unit.inject(.replug)
    }

    private static func eventually(_ condition: () async -> Bool) async throws {
        for _ in 0..<1000 {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("not within 10 s")
    }

    @Test func `five who find the connection ended open it once, and all have the same unit`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let finder = SlowFinder(pair.bob)
        let supervisor = Self.supervisor(finder)
        try await Self.loseConnection(supervisor, pair.bob)
        finder.hold()
        let callers = (0..<5).map { _ in Self.ask(supervisor) }
        try await Self.eventually { finder.asked >= 2 }
        finder.release()
        var units: [Unit] = []
        for caller in callers { units.append(try await caller.value.get()) }
        #expect(units.allSatisfy { $0 === units[0] })
        #expect(finder.opened.count == 2, "the first and the one after it")
        await supervisor.close()
        #expect(await finder.leftOpen() == 0)
    }

    @Test func `closing while several wait leaves no connection open, and tells all of them`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let finder = SlowFinder(pair.bob)
        let supervisor = Self.supervisor(finder)
        try await Self.loseConnection(supervisor, pair.bob)
        finder.hold()
        let callers = (0..<5).map { _ in Self.ask(supervisor) }
        try await Self.eventually { finder.asked >= 2 }
        let closing = (0..<2).map { _ in
            Task {
                await supervisor.close()
                return await finder.leftOpen()
            }
        }
        try await Self.eventually { await supervisor.state == .closed }
        // The search ends with a unit after all.
        finder.release()
        for close in closing { #expect(await close.value == 0, "closed before close() returned") }
        for caller in callers {
            guard case .failure(.transport(.closed)) = await caller.value else {
                Issue.record("\(await caller.value)")
                continue
            }
        }
    }

    @Test func `who is cancelled leaves at once, and the others get their unit`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let finder = SlowFinder(pair.bob)
        let supervisor = Self.supervisor(finder)
        finder.hold()
        let impatient = Self.ask(supervisor)
        try await Self.eventually { finder.asked == 1 }
        let patient = Self.ask(supervisor)
        let left = Guarded(false)
        let leaving = Task {
            let answer = await impatient.value
            left.withLock { $0 = true }
            return answer
        }
        // Cancelled when both are there; whichever of them began the work, the other one keeps it going.
        try await Self.eventually { await supervisor.callers == 2 }
        impatient.cancel()
        try await Self.eventually { left.withLock { $0 } }
        finder.release()
        guard case .failure(.cancelled) = await leaving.value else {
            Issue.record("\(await leaving.value)")
            return
        }
        #expect(try await patient.value.get().identity.serial == "NOVA-B-0001")
        #expect(finder.opened.count == 1)
        await supervisor.close()
    }

    @Test func `work that nobody waits for any more ends, and the next caller begins anew`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        pair.bob.inject(.unplug)
        let finder = SlowFinder(pair.bob)
        let supervisor = Self.supervisor(finder)
        let caller = Self.ask(supervisor)
        try await Self.eventually { finder.asked >= 2 }
        caller.cancel()
        guard case .failure(.cancelled) = await caller.value else {
            Issue.record("\(await caller.value)")
            return
        }
        pair.bob.inject(.replug)
        #expect(try await supervisor.unit(within: .seconds(10)).identity.serial == "NOVA-B-0001")
        await supervisor.close()
        #expect(await finder.leftOpen() == 0)
    }

    @Test func `each waits for an absent unit as long as it said, whoever asked first`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        pair.bob.inject(.unplug)
        let finder = SlowFinder(pair.bob)
        let supervisor = Self.supervisor(finder)
        let long = Self.ask(supervisor, within: .seconds(30))
        try await Self.eventually { finder.asked >= 1 }
        guard case .failure(.transport(.notFound)) = await Self.ask(supervisor, within: .milliseconds(50)).value else {
            Issue.record("a caller who waits 50 ms was kept until the other one's end")
            return
        }
        pair.bob.inject(.replug)
        #expect(try await long.value.get().identity.serial == "NOVA-B-0001")
        await supervisor.close()
    }

    @Test func `two who report one lost stream cost one session`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(SlowFinder(pair.bob))
        let unit = try await supervisor.unit(within: .zero)
        let stalled = UnitError.streamStalled(milliseconds: 5000)
        async let first = supervisor.recover(unit, after: stalled)
        async let second = supervisor.recover(unit, after: stalled)
        let steps = try await [first.step, second.step]
        #expect(steps == [.newSession, .newSession])
        #expect(await supervisor.counters.newSessions == 1)
        await supervisor.close()
    }

    @Test func `a recovery whose caller is cancelled is not under way any more`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let supervisor = Self.supervisor(SlowFinder(pair.bob))
        let unit = try await supervisor.unit(within: .zero)
        pair.bob.inject(.unplug)
        let caller = Task {
            await UnitTests.failure { _ = try await supervisor.recover(unit, after: .transport(.gone(path: "x"))) }
        }
        try await Self.eventually { await supervisor.state == .recovering(.reconnection) }
        caller.cancel()
        #expect(await caller.value == .cancelled)
        try await Self.eventually { await supervisor.state == .absent }
        await supervisor.close()
    }

    @Test func `keeping a unit usable ends quietly when it is cancelled, also in the middle of a search`() async throws
    {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        pair.bob.inject(.unplug)
        let finder = SlowFinder(pair.bob)
        let supervisor = Self.supervisor(finder)
        let keeping = Task { await UnitTests.failure { try await supervisor.keepUsable() } }
        try await Self.eventually { finder.asked >= 1 }
        keeping.cancel()
        #expect(await keeping.value == nil)
        await supervisor.close()
    }
}
