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
        let folder = "/tmp/cvqkd-key-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let day = Guarded(Date())

        init() async throws {
            var configuration = PairConfiguration(model: PairModel(seed: 71))
            configuration.warmUpTime = 0.05
            pair = .test(configuration)
            let first = TelemetryRelay(try InProcessPort(pair.alice))
            let second = TelemetryRelay(try InProcessPort(pair.bob))
            relays = [.alice: first, .bob: second]
            alice = try await UnitControl.Unit.connect(first, hostName: "test", clock: .test)
            bob = try await UnitControl.Unit.connect(second, hostName: "test", clock: .test)
            _ = try Station.make(name: "rig", operatorName: "kim", in: StateFolder(folder), now: day.withLock { $0 })
            for procedure in [CalibrationRecord.Procedure.bob, .alice, .pair] { try add(procedure) }
        }

        var question: KeyQuestion {
            KeyQuestion(alice: alice, bob: bob, state: StateFolder(folder), date: { [day] in day.withLock { $0 } })
        }

        func add(_ procedure: CalibrationRecord.Procedure, outcome: Outcome = .pass) throws {
            let now = day.withLock { $0 }
            var record = CalibrationRecord(
                procedure: procedure, started: now - 60, ended: now - 1, operatorName: "kim", station: "",
                program: "test",
                units: (procedure == .alice ? [] : [bob]).map { .init($0.identity) }
                    + (procedure == .bob ? [] : [alice]).map { .init($0.identity) },
                phases: [
                    .init(
                        name: "shotNoise", started: now - 60, duration: 59,
                        measurements: [
                            RecordedMeasurement(
                                "clearance", value: outcome == .pass ? 10.4 : 1, sigma: 0.02, unit: "dB",
                                limits: AcceptanceLimits(minimum: 8, marginalMinimum: 10))
                        ])
                ])
            // Detector and laser have the same id, and a window at each unit.
            record.validity = Validity(
                expires: now + 3600, reason: "policy",
                windows: record.units.map {
                    .init(
                        unit: $0.serial, quantity: $0.role == "bob" ? "detector_temperature" : "laser_temperature",
                        unitOfMeasure: "degC", minimum: -50, maximum: 150)
                }, firmware: Dictionary(record.units.map { ($0.serial, $0.firmware) }) { first, _ in first })
            _ = try CalibrationStore(StateFolder(folder)).add(record)
        }

        func end() async {
            await alice.close()
            await bob.close()
            pair.stop()
            try? FileManager.default.removeItem(atPath: folder)
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
        case (.mute, .unit(let unit, .timedOut)), (.refused, .unit(let unit, .refused)),
            (.badReply, .unit(let unit, .badReply)):
            #expect(unit == serial)
        case (.stale, .conditions(_, let unread)):
            #expect(unread.allSatisfy { $0.unit == serial && $0.reason == .stale } && !unread.isEmpty)
        case (.notANumber, .conditions(_, let unread)):
            #expect(unread.allSatisfy { $0.unit == serial && $0.reason == .notANumber } && !unread.isEmpty)
        default: Issue.record("\(trouble): \(doubt)")
        }
        await bench.end()
    }

    /// What makes a record not hold while the session runs.
    enum Cause: String, CaseIterable { case expired, failed, storeGone, recordsGone }

    @Test(arguments: Cause.allCases) func `a reason that is known ends key with the next answer`(_ cause: Cause)
        async throws
    {
        let bench = try await Bench()
        let watch = KeyWatch(bench.question, clock: .test)
        switch cause {
        case .expired: bench.day.withLock { $0 += 7200 }
        case .failed: try bench.add(.bob, outcome: .fail)
        case .storeGone: try FileManager.default.removeItem(atPath: bench.folder)
        case .recordsGone:
            try FileManager.default.removeItem(atPath: bench.folder + "/records")
        }
        let (ending, time) = try await Self.ending(watch)
        guard case .refused = ending else {
            Issue.record("\(cause): \(String(describing: ending))")
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
