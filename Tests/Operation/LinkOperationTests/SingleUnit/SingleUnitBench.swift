import Foundation
import LinkOperation
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

/// One unit of an emulated pair behind a relay, and a folder for the notes of its sessions.
struct SingleUnitBench: Sendable {
    let pair: EmulatedPair
    let emulated: EmulatedUnit
    let relay: UnitRelay
    let unit: UnitControl.Unit
    let folder = "/tmp/cvqkd-unit-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let end = EndRequest(clock: .test)
    /// Names of the events that were told.
    let heard = Guarded<[String]>([])

    init(
        _ role: UnitRole = .bob, _ change: (inout PairConfiguration) -> Void = { _ in },
        relay prepare: (UnitRelay) -> Void = { _ in }, frames changeFrame: FrameRelay.Change? = nil,
        cut: (@Sendable (_ index: Int, _ frame: StreamFrame) -> Bool)? = nil
    ) async throws {
        var configuration = PairConfiguration(model: PairModel(seed: 91))
        configuration.warmUpTime = 0.5
        change(&configuration)
        pair = .test(configuration)
        emulated = role == .alice ? pair.alice : pair.bob
        let frames = FrameRelay(try InProcessPort(emulated))
        if let changeFrame { frames.change(changeFrame) }
        if let cut { frames.cut(cut) }
        relay = UnitRelay(frames)
        prepare(relay)
        unit = try await .connect(relay, hostName: "test", clock: .test)
    }

    var sessions: RunningSessions { RunningSessions(only: folder) }

    /// What a piece of work has left behind: a dark unit that its owner still holds, and no note.
    func expectOrder(_ what: String = "") {
        #expect(emulated.state == .dark, "\(what): \(emulated.state)")
        #expect(!relay.isClosed, "\(what): closed by another than its owner")
        #expect(sessions.all().isEmpty, "\(what): the note of the session is left")
    }

    /// The owner closes the unit.
    func close() async {
        await unit.close()
        #expect(relay.isClosed)
        // The heartbeat time-out's work if nobody else's.
        let limit = HostClock.test.now + .seconds(10)
        while emulated.state != .dark, HostClock.test.now < limit {
            try? await HostClock.test.sleep(for: .milliseconds(20))
        }
        #expect(emulated.state == .dark, "\(emulated.state)")
        pair.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func stream(_ change: (inout UnitStreamRun.Request) -> Void = { _ in }) -> UnitStreamRun {
        var request = UnitStreamRun.Request(.test)
        request.symbolRate = 100_000
        change(&request)
        return UnitStreamRun(request, until: end, notedIn: sessions, as: "test") { [heard] event in
            heard.withLock { $0.append(Self.name(event)) }
        }
    }

    func watch(
        _ change: (inout ShotNoiseWatch.Request) -> Void = { _ in },
        _ tell: @escaping @Sendable (ShotNoiseWatch.Event) throws -> Void = { _ in }
    ) -> ShotNoiseWatch {
        var request = ShotNoiseWatch.Request()
        request.darkSamples = 20_000
        request.windowSamples = 20_000
        change(&request)
        return ShotNoiseWatch(request, until: end, notedIn: sessions, as: "test") { [heard] event in
            heard.withLock { $0.append(Self.name(event)) }
            try tell(event)
        }
    }

    /// Slow, so that a table of cases takes little time.
    static func slow(_ configuration: inout PairConfiguration) {
        configuration.adjust = { $0.maximumSymbolRate = 200_000 }
    }

    private static func name(_ event: UnitStreamRun.Event) -> String {
        switch event {
        case .warmingUp: "warming"
        case .started: "started"
        case .moment: "moment"
        }
    }

    private static func name(_ event: ShotNoiseWatch.Event) -> String {
        switch event {
        case .measuringElectronicNoise: "measuring"
        case .electronicNoise: "V_off"
        case .warmingUp: "warming"
        case .started: "started"
        case .window: "window"
        }
    }

    /// How somebody ends a piece of work.
    enum Way: String, CaseIterable, Sendable { case cancelled, requested }

    /// Does a piece of work, and ends it in one of two ways as soon as the event was told; what it came to.
    func ended<Value: Sendable>(
        _ way: Way, at event: String, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Result<Value, any Error> {
        let isDone = Guarded(false)
        let work = Task(executorPreference: HostClock.test.executor) {
            defer { isDone.withLock { $0 = true } }
            return try await body()
        }
        while !heard.withLock({ $0.contains(event) }), !isDone.withLock({ $0 }) {
            try await HostClock.test.sleep(for: .milliseconds(1))
        }
        #expect(heard.withLock { $0.contains(event) }, "\(event) was never told")
        let asked = HostClock.test.now
        switch way {
        case .cancelled: work.cancel()
        case .requested: end.request()
        }
        let result = await work.result
        #expect(HostClock.test.now - asked < .seconds(5), "\(HostClock.test.now - asked)")
        return result
    }
}
