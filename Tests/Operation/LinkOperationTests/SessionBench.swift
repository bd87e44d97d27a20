import CalibrationRecords
import Foundation
import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

/// A whole session on an emulated pair with records that hold, and a relay that changes what a unit streams.
struct SessionBench {
    var purpose = SessionPurpose.key
    /// How the pair is built.
    var configure: (inout PairConfiguration) -> Void = { _ in }
    /// What is wanted besides: five seconds at 100 kHz, a fifth of the slots vacuum and a fifth training.
    var request: (inout LinkRequest) -> Void = { _ in }
    /// What a unit's stream frames become.
    var change: [UnitRole: FrameRelay.Change] = [:]
    /// What a unit's replies become.
    var replies: [UnitRole: @Sendable (UnitRelay) -> Void] = [:]
    /// What happens a second after the first symbol.
    var trouble: @Sendable (EmulatedPair) -> Void = { _ in }
    /// What a unit says otherwise from then on.
    var lies: [UnitRole: @Sendable (UnitRelay) -> Void] = [:]

    private struct Finder: UnitFinder {
        func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
            throw .transport(.notFound("\(selector)"))
        }
        func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool { false }
    }

    /// Runs it. Throws what `LinkRun` throws.
    func run() async throws -> (outcome: LinkOutcome, events: [(after: Duration, event: LinkEvent)]) {
        var configuration = PairConfiguration(model: PairModel(seed: 94))
        configuration.warmUpTime = 0.1
        configure(&configuration)
        let pair = EmulatedPair.test(configuration)
        defer { pair.stop() }
        var relays: [UnitRole: UnitRelay] = [:]
        func connect(_ role: UnitRole) async throws -> UnitControl.Unit {
            let relay = FrameRelay(try InProcessPort(role == .alice ? pair.alice : pair.bob))
            if let change = change[role] { relay.change(change) }
            let answers = UnitRelay(relay)
            replies[role]?(answers)
            relays[role] = answers
            return try await .connect(answers, hostName: "test", clock: .test)
        }
        let units = LinkUnits(alice: try await connect(.alice), bob: try await connect(.bob))
        let records = KeyRecords()
        defer { records.remove() }
        try records.make(alice: units.alice.identity, bob: units.bob.identity)
        var wish = LinkRequest(purpose, records: records.folder)
        (wish.electronicNoiseSamples, wish.symbolRate) = (20_000, 100_000)
        (wish.vacuumFraction, wish.trainingFraction) = (0.2, 0.2)
        wish.duration = .seconds(5)
        wish.onAlarm = .report
        request(&wish)
        let run = LinkRun(
            wish, on: units,
            named: LinkSelectors(
                alice: .anywhere(serial: units.alice.identity.serial), bob: .anywhere(serial: units.bob.identity.serial)
            ),
            until: EndRequest(clock: .test),
            LinkRun.Surroundings(
                finder: Finder(), hostName: "test", sessions: RunningSessions(only: records.folder.path + "/sessions"),
                command: "test", clock: .test, date: records.date))
        let began = HostClock.test.now
        let hearing = Task(executorPreference: HostClock.test.executor) { () -> [(after: Duration, event: LinkEvent)] in
            var heard: [(after: Duration, event: LinkEvent)] = []
            for await event in run.events { heard.append((HostClock.test.now - began, event)) }
            return heard
        }
        let troubling = Task(executorPreference: HostClock.test.executor) { [trouble, lies, relays] in
            for await moment in run.moments where moment.elapsed >= .seconds(1) {
                trouble(pair)
                for (role, lie) in lies { if let relay = relays[role] { lie(relay) } }
                break
            }
        }
        defer { troubling.cancel() }
        let outcome: Result<LinkOutcome, LinkRunFailure>
        do throws(LinkRunFailure) { outcome = .success(try await run.perform()) } catch { outcome = .failure(error) }
        #expect(pair.alice.state == .dark && pair.bob.state == .dark)
        return (try outcome.get(), await hearing.value)
    }
}
