import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// A program that sends no heartbeats for a while: the unit goes dark, and whoever asks is told whose fault it was.
@Suite(.virtualTime) struct HostPauseTests {
    private static func readings(_ now: Int, awake: Int? = nil, worked: Int? = nil) -> ClockReadings {
        func milliseconds(_ value: Int?) -> Duration? { value.map { Duration.milliseconds($0) } }
        return ClockReadings(
            now: HostClock.Instant(nanoseconds: 0) + .milliseconds(now), awake: milliseconds(awake),
            worked: milliseconds(worked))
    }

    @Test(arguments: [
        (readings(0, awake: 0, worked: 0), readings(9_000, awake: 500, worked: 3), HostPause.Cause.machineSuspended),
        (readings(0, awake: 0, worked: 70), readings(9_000, awake: 9_000, worked: 73), .programSuspended),
        (readings(0, awake: 0, worked: 70), readings(9_000, awake: 9_000, worked: 8_000), .tooBusy),
        // Stopped in the middle of work, or with a hundredth of a processor.
        (readings(0, awake: 0, worked: 70), readings(9_000, awake: 9_000, worked: 1_070), .programSuspended),
        (readings(0, awake: 0, worked: 70), readings(9_000, awake: 9_000, worked: 160), .programSuspended),
        (readings(0), readings(9_000), .tooBusy),
    ])
    func `the clocks tell what kept a program`(
        before: ClockReadings, after: ClockReadings, cause: HostPause.Cause
    ) throws {
        let pause = try #require(
            HostPause(since: before, until: after, timeout: .seconds(2), least: .seconds(1.5)))
        #expect(pause == HostPause(.seconds(9), timeout: .seconds(2), cause: cause))
        #expect(pause.description.contains("no heartbeat for 9.0 s"))
        #expect(HostPause(since: before, until: before, timeout: .seconds(2), least: .seconds(1.5)) == nil)
    }

    private func lit(_ pair: EmulatedPair, _ time: PausableTime) async throws -> UnitControl.Unit {
        let unit = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: time.clock)
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        return unit
    }

    @Test func `a request after a pause names the pause, and not the unit's refusal`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let time = PausableTime(.test)
        let unit = try await lit(pair, time)
        #expect(await unit.pause == nil)
        time.pause(for: .seconds(5), worked: .zero)
        // The unit's time goes on, and its light goes out.
        try await HostClock.test.sleep(for: .seconds(4))
        #expect(pair.bob.state == .dark)
        let error = await UnitTests.failure { try await unit.set(SetShutter(position: .open)) }
        guard case .heartbeatsMissed(let pause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(pause.duration >= .seconds(3.5) && pause.timeout == .seconds(2))
        #expect(await unit.pause != nil)
        let summed = await UnitTests.failure { _ = try await unit.measureMoments(.vacuum, samples: 1_000) }
        if case .heartbeatsMissed = summed {} else { Issue.record("\(String(describing: summed))") }
        // A session that the unit ended for it.
        guard case .heartbeatsMissed = await unit.ending(.heartbeatLost) else {
            Issue.record("the ending is not named")
            return
        }
        #expect(await unit.ending(.hardwareFault) == .sessionEnded(cause: .hardwareFault))
        // Who asks again is told the same: control does not come back by itself.
        try await time.clock.sleep(for: .seconds(3))
        let later = await UnitTests.failure { try await unit.set(SetShutter(position: .open)) }
        if case .heartbeatsMissed = later {} else { Issue.record("\(String(describing: later))") }
        await unit.close()
    }

    @Test func `a pause that the unit bore is none`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let time = PausableTime(.test)
        let unit = try await lit(pair, time)
        time.pause(for: .seconds(1.2))
        try await HostClock.test.sleep(for: .seconds(4))
        #expect(pair.bob.state == .ready)
        #expect(await unit.pause == nil)
        try await unit.set(SetShutter(position: .open))
        await unit.close()
    }

    /// Heartbeats were sent and do not count: that is the unit, or the line, and no pause of this program.
    @Test func `a unit that does not count heartbeats is not excused`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let time = PausableTime(.test)
        let unit = try await lit(pair, time)
        pair.bob.inject(.ignoreHeartbeat)
        try await HostClock.test.sleep(for: .seconds(4))
        #expect(pair.bob.state == .dark)
        #expect(await unit.pause == nil)
        let error = await UnitTests.failure { try await unit.set(SetShutter(position: .open)) }
        #expect(error == .sessionEnded(cause: .heartbeatLost))
        await unit.close()
    }

    /// A mute unit delays each heartbeat by the time that its answer is waited for.
    @Test func `a unit that is mute is not taken for a pause of this program`() async throws {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let unit = try await lit(pair, PausableTime(.test))
        pair.bob.inject(.hang)
        try await HostClock.test.sleep(for: .seconds(6))
        let error = await UnitTests.failure { _ = try await unit.status() }
        #expect(error == .timedOut(request: "GetStatus", milliseconds: 1_000))
        pair.bob.inject(.clear)
        try await HostClock.test.sleep(for: .seconds(1))
        #expect(await unit.pause == nil)
        await unit.close()
    }

    @Test func `a stream that the unit ended for a pause ends with its count, and the pause is the cause`() async throws
    {
        let pair = UnitTests.pair()
        defer { pair.stop() }
        let time = PausableTime(.test)
        let unit = try await lit(pair, time)
        let plan = StreamPlan(
            session: 6, purpose: .test, options: .standalone, frameBytes: 1024, symbolsPerFrame: 128,
            symbolRate: 10_000, vacuumFraction: 0.1, trainingFraction: 0, darkFraction: 0)
        let stream = try await unit.startStream(plan)
        let reader = Task(executorPreference: HostClock.test.executor) { () -> UnitError? in
            do throws(UnitError) {
                while try await stream.read({ _, _ in }) {}
                return nil
            } catch {
                return error
            }
        }
        try await HostClock.test.sleep(for: .seconds(1))
        time.pause(for: .seconds(6))
        #expect(await reader.value == nil)
        let cause = try #require(stream.endCause)
        guard case .heartbeatsMissed = await unit.ending(cause) else {
            Issue.record("\(cause)")
            return
        }
        #expect(stream.counters.isConserved && stream.counters.deliveredSymbols > 5_000)
        let stopped = await UnitTests.failure { _ = try await unit.stopStream() }
        guard case .heartbeatsMissed = stopped else {
            Issue.record("\(String(describing: stopped))")
            return
        }
        await unit.close()
    }
}
