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

/// Whole sessions of purpose key with a relay between the host and each unit: they end when nobody can say any more that
/// key may be made, whatever the reason, with both units dark and the reason in the outcome.
@Suite(.virtualTime) struct KeySessionTests {
    /// The same relays for as long as the units are plugged in.
    private struct Finder: UnitFinder {
        func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
            throw .transport(.notFound("\(selector)"))
        }
        func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool { false }
    }

    /// Runs a session of purpose key for at most two minutes, and causes trouble once it streams.
    static func run(
        _ trouble: TelemetryRelay.Trouble?, at role: UnitRole = .bob, ending end: KeyRecords.End? = nil
    ) async throws -> (outcome: LinkOutcome, after: Duration) {
        var configuration = PairConfiguration(model: PairModel(seed: 93))
        configuration.warmUpTime = 0.1
        let pair = EmulatedPair.test(configuration)
        defer { pair.stop() }
        let relays = [
            UnitRole.alice: TelemetryRelay(try InProcessPort(pair.alice)),
            .bob: TelemetryRelay(try InProcessPort(pair.bob)),
        ]
        func connect(_ role: UnitRole) async throws -> UnitControl.Unit {
            try await .connect(try #require(relays[role]), hostName: "test", clock: .test)
        }
        let units = LinkUnits(alice: try await connect(.alice), bob: try await connect(.bob))
        let records = KeyRecords()
        defer { records.remove() }
        try records.make(alice: units.alice.identity, bob: units.bob.identity)
        var request = LinkRequest(.key, records: records.folder)
        request.electronicNoiseSamples = 20_000
        request.symbolRate = 50_000
        (request.vacuumFraction, request.trainingFraction) = (0.3, 0.3)
        request.duration = .seconds(120)
        // A value beyond all numbers is an alarm of the monitors too; here the permission has to end it.
        request.onAlarm = .report
        let sessions = RunningSessions(only: records.folder.path + "/sessions")
        let run = LinkRun(
            request, on: units,
            named: LinkSelectors(
                alice: .anywhere(serial: units.alice.identity.serial), bob: .anywhere(serial: units.bob.identity.serial)
            ),
            until: EndRequest(clock: .test),
            LinkRun.Surroundings(
                finder: Finder(), hostName: "test", sessions: sessions, command: "test", clock: .test,
                date: records.date))
        let troubling = Task(executorPreference: HostClock.test.executor) { () throws -> HostClock.Instant? in
            for await moment in run.moments where moment.elapsed >= .seconds(2) {
                if let trouble { relays[role]?.begin(trouble) }
                if let end { try records.end(by: end) }
                return HostClock.test.now
            }
            return nil
        }
        let outcome = try await run.perform()
        let ended = HostClock.test.now
        let began = try #require(try await troubling.value)
        #expect(pair.alice.state == .dark && pair.bob.state == .dark)
        return (outcome, ended - began)
    }

    @Test(arguments: TelemetryRelay.Trouble.allCases)
    func `a session of purpose key ends when a unit does not say how it is`(trouble: TelemetryRelay.Trouble)
        async throws
    {
        let (outcome, after) = try await Self.run(trouble, at: trouble == .stale ? .alice : .bob)
        guard case .session(.permission(.unproven)) = outcome.failure else {
            Issue.record("\(trouble): \(String(describing: outcome.failure))")
            return
        }
        // The last grant may be five seconds old; to put the light out takes the time-outs of nobody.
        #expect(after > .seconds(9) && after < .seconds(17), "\(trouble): \(after)")
        #expect(outcome.stoppedBy.kind == .permission)
        #expect(outcome.report.bob.deliveredSymbols > 0)
    }

    @Test(arguments: KeyRecords.End.allCases, [nil, TelemetryRelay.Trouble.mute])
    func `a session of purpose key ends when its records do not hold any more, also while telemetry is silent`(
        end: KeyRecords.End, trouble: TelemetryRelay.Trouble?
    ) async throws {
        let (outcome, after) = try await Self.run(trouble, ending: end)
        guard case .session(.permission(.refused)) = outcome.failure else {
            Issue.record("\(end): \(String(describing: outcome.failure))")
            return
        }
        // A question that hangs when the reason comes is answered by its time-outs first.
        #expect(after < .seconds(trouble == nil ? 6 : 12), "\(end): \(after)")
    }
}
