import CalibrationRecords
import Foundation
import LinkControl
import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// Whole runs of a link on an emulated pair, as a program or an agent has them: no terminal, no process, no waiting.
@Suite(.virtualTime) struct LinkRunTests {
    /// Units of the same process, found as long as they are plugged in.
    private struct Finder: UnitFinder {
        let pair: EmulatedPair

        func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
            let unit = selector.serialNumber == pair.alice.configuration.serial ? pair.alice : pair.bob
            do throws(TransportError) { return try InProcessPort(unit) } catch { throw .transport(error) }
        }

        func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool { false }
    }

    private final class Bench: Sendable {
        let pair: EmulatedPair
        let folder = "/tmp/cvqkd-run-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let end = EndRequest(clock: .test)
        let heard = Guarded<[LinkEvent]>([])
        let moments = Guarded<[LinkMoment]>([])

        init() {
            var configuration = PairConfiguration(model: PairModel(seed: 90))
            configuration.warmUpTime = 0.5
            pair = .test(configuration)
        }

        var sessions: RunningSessions { RunningSessions(only: folder) }

        func run(_ request: LinkRequest, by clock: HostClock = .test) async throws -> LinkOutcome {
            let finder = Finder(pair: pair)
            let names = LinkSelectors(
                alice: .anywhere(serial: pair.alice.configuration.serial),
                bob: .anywhere(serial: pair.bob.configuration.serial))
            func open(_ selector: UnitSelector) async throws -> UnitControl.Unit {
                try await .connect(try await finder.open(selector), hostName: "test", clock: clock)
            }
            let units = LinkUnits(alice: try await open(names.alice), bob: try await open(names.bob))
            let run = LinkRun(
                request, on: units, named: names, until: end,
                LinkRun.Surroundings(
                    finder: finder, hostName: "test", sessions: sessions, command: "test", clock: clock))
            let listening = Task(executorPreference: HostClock.test.executor) { [heard] in
                for await event in run.events { heard.withLock { $0.append(event) } }
            }
            let looking = Task(executorPreference: HostClock.test.executor) { [moments] in
                for await moment in run.moments { moments.withLock { $0.append(moment) } }
            }
            let result: Result<LinkOutcome, LinkRunFailure>
            do throws(LinkRunFailure) { result = .success(try await run.perform()) } catch { result = .failure(error) }
            await listening.value
            await looking.value
            for unit in [pair.alice, pair.bob] {
                #expect(![.warmingUp, .ready, .streaming].contains(unit.state), "\(unit.state)")
            }
            #expect(sessions.all().isEmpty, "the note of the session is left")
            pair.stop()
            try? FileManager.default.removeItem(atPath: folder)
            return try result.get()
        }

        func request(_ change: (inout LinkRequest) -> Void) -> LinkRequest {
            var request = LinkRequest(.test, records: StateFolder(folder + "/records"))
            request.electronicNoiseSamples = 20_000
            request.symbolRate = 100_000
            change(&request)
            return request
        }
    }

    @Test func `a run ends after its duration, with everything told in order`() async throws {
        let bench = Bench()
        let outcome = try await bench.run(bench.request { $0.duration = .seconds(3) })
        #expect(outcome.failure == nil)
        #expect(outcome.stoppedBy.kind == .duration)
        #expect(outcome.elapsed >= .seconds(3) && outcome.elapsed < .seconds(3.5), "\(outcome.elapsed)")
        #expect(outcome.report.health != nil)
        #expect(outcome.report.alice.isConserved && outcome.report.bob.isConserved)
        #expect(outcome.monitors.windows >= 1)
        #expect(outcome.reference.found == nil && !outcome.reference.gaps.isEmpty)
        let order = bench.heard.withLock { $0.compactMap(Self.name) }
        #expect(
            order == ["units", "measuring", "V_off", "warming", "lit", "reference", "started", "stopped"],
            "\(order)")
        let left = bench.moments.withLock { $0.compactMap(\.left) }
        #expect(left.count > 20 && left == left.sorted(by: >))
    }

    @Test(
        arguments: [
            PrecisionGoal(excessNoise: 1e-6, transmittance: nil), PrecisionGoal(excessNoise: nil, transmittance: 1e-7),
        ] as [PrecisionGoal?])
    func `a precision that the duration cannot give is refused in the dark`(goal: PrecisionGoal?) async throws {
        let bench = Bench()
        do {
            _ = try await bench.run(
                bench.request {
                    $0.duration = .seconds(3)
                    $0.precision = goal
                    ($0.vacuumFraction, $0.trainingFraction) = (0.1, 0.5)
                })
            Issue.record("it began")
        } catch LinkRunFailure.tooShort(let goal) {
            #expect(goal.least > .seconds(60) && goal.duration == .seconds(3))
        }
        #expect(bench.heard.withLock { $0.compactMap(Self.name) } == ["units"])
    }

    /// The name of an event that every run tells.
    private static func name(_ event: LinkEvent) -> String? {
        switch event {
        case .units: "units"
        case .measuringElectronicNoise: "measuring"
        case .electronicNoise: "V_off"
        case .warmingUp: "warming"
        case .lit: "lit"
        case .reference: "reference"
        case .started: "started"
        case .stopped: "stopped"
        default: nil
        }
    }

    @Test func `a run ends in order when it is asked to, with its report`() async throws {
        let bench = Bench()
        let asking = Task(executorPreference: HostClock.test.executor) {
            while bench.moments.withLock(\.isEmpty) {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            #expect(bench.sessions.all().map(\.record.state) == [.streaming])
            bench.end.request()
        }
        let outcome = try await bench.run(bench.request { _ in })
        try await asking.value
        guard case .ended = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(outcome.stoppedBy.kind == .request)
        #expect(outcome.report.bob.deliveredSymbols > 0 && outcome.report.bob.isConserved)
    }

    /// How a run is told to end.
    enum Wish: CaseIterable { case request, cancellation }

    @Test(arguments: ["units", "measuring", "V_off", "warming", "lit", "reference", "started"], Wish.allCases)
    func `whenever a run is told to end, it ends in the dark, closed and unnoted`(event: String, wish: Wish)
        async throws
    {
        let bench = Bench()
        let running = Task(executorPreference: HostClock.test.executor) { try await bench.run(bench.request { _ in }) }
        while bench.heard.withLock({ !$0.contains { Self.name($0) == event } }) {
            try await HostClock.test.sleep(for: .milliseconds(5))
        }
        switch wish {
        case .request: bench.end.request()
        case .cancellation: running.cancel()
        }
        // The bench looks at lights and notes.
        do throws(any Error) {
            let outcome = try await running.value
            guard case .ended = outcome.failure else {
                Issue.record("\(event): \(String(describing: outcome.failure))")
                return
            }
        } catch LinkRunFailure.ended {}
        let isStreaming = ["started"].contains(event)
        #expect(bench.heard.withLock { $0.contains { Self.name($0) == "started" } } || !isStreaming)
    }

    @Test func `a session of purpose key without records never lights anything`() async throws {
        let bench = Bench()
        var request = bench.request { $0.duration = .seconds(1) }
        request.purpose = .key
        do {
            _ = try await bench.run(request)
            Issue.record("key was permitted")
        } catch LinkRunFailure.refused(.records(let permission)) {
            #expect(!permission.isGranted)
        }
        let names = bench.heard.withLock { $0.compactMap(Self.name) }
        #expect(names == ["units"], "\(names)")
    }

    @Test(arguments: [UnitRole.alice, .bob])
    func `a unit that is unplugged and comes back costs a session, and the duration is of both together`(
        role: UnitRole
    ) async throws {
        let bench = Bench()
        let unit = role == .alice ? bench.pair.alice : bench.pair.bob
        let trouble = Task(executorPreference: HostClock.test.executor) {
            while bench.moments.withLock({ $0.count < 10 }) {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            unit.inject(.unplug)
            // Who looks meanwhile is told that light may come back.
            while bench.sessions.all().map(\.record.state) != [.recovering] {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            try await HostClock.test.sleep(for: .seconds(1))
            #expect(bench.sessions.all().map(\.record.state) == [.recovering])
            unit.inject(.replug)
        }
        let outcome = try await bench.run(bench.request { $0.duration = .seconds(5) })
        try await trouble.value
        #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
        #expect(outcome.earlier.count == 1)
        let earlier = try #require(outcome.earlier.first)
        #expect(earlier.role == role)
        #expect(earlier.session != outcome.report.session)
        let together = earlier.elapsed + outcome.elapsed
        #expect(together >= .seconds(5) && together < .seconds(6), "\(together)")
        let recovery = role == .alice ? outcome.recovery.alice : outcome.recovery.bob
        #expect(recovery.reconnections == 1)
    }

    @Test func `a unit that stays away ends the run with the report of what was, and its failure`() async throws {
        let bench = Bench()
        let trouble = Task(executorPreference: HostClock.test.executor) {
            while bench.moments.withLock({ $0.count < 10 }) {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            bench.pair.bob.inject(.unplug)
        }
        let outcome = try await bench.run(
            bench.request {
                $0.duration = .seconds(60)
                $0.absence = .seconds(5)
            })
        try await trouble.value
        guard case .unit(.transport(.gone)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(outcome.stoppedBy.kind == .failed)
        #expect(outcome.report.alice.deliveredSymbols > 0)
    }

    @Test func `a hardware fault is the unit's end of the session, and nobody recovers from it`() async throws {
        let bench = Bench()
        let trouble = Task(executorPreference: HostClock.test.executor) {
            while bench.moments.withLock(\.isEmpty) {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            bench.pair.alice.inject(.hardwareFault)
        }
        let outcome = try await bench.run(bench.request { $0.duration = .seconds(60) })
        try await trouble.value
        guard case .session(.deserted(let desertion)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(desertion.unit == .alice)
        #expect(desertion.states.first { $0.role == .alice }?.status?.faultCode == 17)
        #expect(outcome.earlier.isEmpty)
    }

    /// Ctrl-Z, and fg after six seconds. Nobody may read it as an alarm, a refusal of the unit, or a local oscillator that
    /// failed.
    @Test(arguments: [SessionPurpose.test, .calibration])
    func `a run that slept is ended by that and nothing else, with what was measured before`(
        purpose: SessionPurpose
    ) async throws {
        let bench = Bench()
        let time = PausableTime(.test)
        let sleeper = Task(executorPreference: HostClock.test.executor) { [bench] in
            while bench.moments.withLock({ $0.last?.elapsed ?? .zero }) < .seconds(4) {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            time.pause(for: .seconds(6))
        }
        let request = bench.request {
            $0.purpose = purpose
            $0.duration = .seconds(30)
            $0.onAlarm = .act
            $0.recovers = false
        }
        let outcome = try await bench.run(request, by: time.clock)
        try await sleeper.value
        guard case .session(.paused(let pause)) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(pause.duration >= .seconds(2) && outcome.stoppedBy.kind == .paused)
        #expect(outcome.monitors.raised.isEmpty, "\(outcome.monitors.raised)")
        #expect(outcome.report.health != nil && outcome.report.bob.deliveredSymbols > 300_000)
        #expect(outcome.report.alice.isConserved && outcome.report.bob.isConserved)
    }

    /// Somebody who sees dark units uncouples a fibre: no light comes back by itself.
    @Test func `a run that slept relights nothing, though recovery is wished`() async throws {
        let bench = Bench()
        let time = PausableTime(.test)
        let sleeper = Task(executorPreference: HostClock.test.executor) { [bench] in
            while bench.moments.withLock({ $0.last?.elapsed ?? .zero }) < .seconds(2) {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            time.pause(for: .seconds(6))
        }
        let outcome = try await bench.run(bench.request { $0.duration = .seconds(30) }, by: time.clock)
        try await sleeper.value
        guard case .session(.paused) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(outcome.earlier.isEmpty && outcome.recovery.alice.reconnections == 0)
        #expect(outcome.report.bob.deliveredSymbols > 100_000)
        #expect(bench.pair.alice.state == .dark && bench.pair.bob.state == .dark)
    }

    /// A unit is away and looked for, and the program is suspended meanwhile.
    @Test func `a run that slept while it recovered relights nothing`() async throws {
        let bench = Bench()
        let time = PausableTime(.test)
        let sleeper = Task(executorPreference: HostClock.test.executor) { [bench] in
            while bench.moments.withLock({ $0.last?.elapsed ?? .zero }) < .seconds(1) {
                try await HostClock.test.sleep(for: .milliseconds(50))
            }
            bench.pair.alice.inject(.unplug)
            try await HostClock.test.sleep(for: .seconds(1))
            time.pause(for: .seconds(6))
            try await HostClock.test.sleep(for: .seconds(1))
            bench.pair.alice.inject(.replug)
        }
        let outcome = try await bench.run(bench.request { $0.duration = .seconds(30) }, by: time.clock)
        try await sleeper.value
        guard case .unit(.heartbeatsMissed) = outcome.failure else {
            Issue.record("\(String(describing: outcome.failure))")
            return
        }
        #expect(bench.pair.alice.state != .streaming && bench.pair.bob.state == .dark)
    }
}
