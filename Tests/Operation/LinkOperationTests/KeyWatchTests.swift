import Calibration
import CalibrationRecords
import Foundation
import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// A key session's permission, with real units and a real store: what makes it unknown, how long that is borne, and what
/// ends it at once.
@Suite(.virtualTime) struct KeyWatchTests {
    /// A pair, a store with records that hold, and a relay before each unit.
    final class Bench {
        let pair: EmulatedPair
        let alice: UnitControl.Unit
        let bob: UnitControl.Unit
        let relays: [UnitRole: TelemetryRelay]
        let records = KeyRecords()

        init() async throws {
            var configuration = PairConfiguration(model: PairModel(seed: 71))
            configuration.warmUpTime = 0.05
            pair = .test(configuration)
            let first = TelemetryRelay(try InProcessPort(pair.alice))
            let second = TelemetryRelay(try InProcessPort(pair.bob))
            relays = [.alice: first, .bob: second]
            alice = try await UnitControl.Unit.connect(first, hostName: "test", clock: .test)
            bob = try await UnitControl.Unit.connect(second, hostName: "test", clock: .test)
            try records.make(alice: alice.identity, bob: bob.identity)
        }

        var question: KeyQuestion {
            KeyQuestion(alice: alice, bob: bob, state: records.folder, date: records.date)
        }

        func end() async {
            await alice.close()
            await bob.close()
            pair.stop()
            records.remove()
        }
    }

    /// Runs a watch until it ends the session, for at most a minute.
    static func ending(_ watch: KeyWatch, within limit: Duration = .seconds(60)) async throws -> (
        KeyPermissionState.Ending?, Duration
    ) {
        let clock = HostClock.test
        let running = Task(executorPreference: clock.executor) { await watch.run() }
        let began = clock.now
        // As a session does, which looks ten times a second.
        while await watch.ending == nil, clock.now - began < limit { try await clock.sleep(for: .milliseconds(100)) }
        running.cancel()
        return (await watch.ending, clock.now - began)
    }

    @Test func `while everything holds, it goes on`() async throws {
        let bench = try await Bench()
        guard case .granted = await bench.question.ask(lit: true) else {
            Issue.record("\(await bench.question.ask(lit: true))")
            return
        }
        let (ending, time) = try await Self.ending(KeyWatch(bench.question, clock: .test))
        #expect(ending == nil)
        #expect(time >= .seconds(60))
        await bench.end()
    }

    @Test(arguments: TelemetryRelay.Trouble.allCases, [UnitRole.alice, .bob])
    func `a unit that does not say how it is ends key after 15 s`(
        trouble: TelemetryRelay.Trouble, role: UnitRole
    ) async throws {
        let bench = try await Bench()
        let watch = KeyWatch(bench.question, clock: .test)
        bench.relays[role]?.begin(trouble)
        let (ending, time) = try await Self.ending(watch)
        guard case .unproven(let doubt, _) = ending else {
            Issue.record("\(trouble): \(String(describing: ending))")
            return
        }
        #expect(time >= .seconds(15) && time <= .milliseconds(15_200), "\(time)")
        let serial = role == .alice ? bench.alice.identity.serial : bench.bob.identity.serial
        switch (trouble, doubt) {
        case (.mute, .unit(let unit, .timedOut)), (.catalogueMute, .unit(let unit, .timedOut)),
            (.truncated, .unit(let unit, .timedOut)), (.corrupted, .unit(let unit, .timedOut)),
            (.refused, .unit(let unit, .refused)), (.badReply, .unit(let unit, .badReply)),
            (.cutMessage, .unit(let unit, .badReply)):
            #expect(unit == serial)
        case (.stale, .conditions(_, let unread)):
            #expect(unread.allSatisfy { $0.unit == serial && $0.reason == .stale } && !unread.isEmpty)
        case (.notANumber, .conditions(_, let unread)), (.infinite, .conditions(_, let unread)):
            #expect(unread.allSatisfy { $0.unit == serial && $0.reason == .notANumber } && !unread.isEmpty)
        case (.unavailable, .conditions(_, let unread)), (.left, .conditions(_, let unread)):
            #expect(unread.allSatisfy { $0.unit == serial && $0.reason == .unavailable } && !unread.isEmpty)
        default: Issue.record("\(trouble): \(doubt)")
        }
        await bench.end()
    }

    /// What is known for certain needs no answer of a unit: the records alone say it.
    @Test(arguments: KeyRecords.End.allCases, [nil, TelemetryRelay.Trouble.mute, .refused, .stale])
    func `a reason that is known ends key with the next answer, whether the units answer or not`(
        reason: KeyRecords.End, trouble: TelemetryRelay.Trouble?
    ) async throws {
        let bench = try await Bench()
        let watch = KeyWatch(bench.question, clock: .test)
        if let trouble { for relay in bench.relays.values { relay.begin(trouble) } }
        try bench.records.end(by: reason)
        let (ending, time) = try await Self.ending(watch)
        guard case .refused = ending else {
            Issue.record("\(reason): \(String(describing: ending))")
            return
        }
        #expect(time <= KeyWatch.interval + .milliseconds(200), "\(time)")
        await bench.end()
    }

    @Test func `a unit that answers again in time is forgiven`() async throws {
        let bench = try await Bench()
        bench.pair.bob.inject(.sensorMissing, value: 5)
        let watch = KeyWatch(bench.question, clock: .test)
        let running = Task(executorPreference: HostClock.test.executor) { await watch.run() }
        try await HostClock.test.sleep(for: .seconds(12))
        #expect(await watch.ending == nil)
        bench.pair.bob.inject(.clear)
        try await HostClock.test.sleep(for: .seconds(30))
        #expect(await watch.ending == nil)
        running.cancel()
        await bench.end()
    }
}
