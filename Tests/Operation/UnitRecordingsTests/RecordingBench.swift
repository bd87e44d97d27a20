import Foundation
import LinkOperation
import SignalRecordings
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRecordings
import UnitRelays
import UnitTransport
import VirtualTime

/// An emulated pair, each unit behind a relay, and a folder for recordings and for the notes of sessions.
struct RecordingBench: Sendable {
    let pair: EmulatedPair
    let relays: [UnitRole: UnitRelay]
    let units: LinkUnits
    let folder = "/tmp/cvqkd-recording-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let end = EndRequest(clock: .test)
    /// Names of the events that were told.
    let heard = Guarded<[String]>([])

    init(
        _ change: (inout PairConfiguration) -> Void = { _ in },
        relays prepare: ([UnitRole: UnitRelay]) -> Void = { _ in }, frames changeFrame: FrameRelay.Change? = nil
    ) async throws {
        var configuration = PairConfiguration(model: PairModel(seed: 92))
        configuration.warmUpTime = 0.5
        change(&configuration)
        pair = .test(configuration)
        let frames = FrameRelay(try InProcessPort(pair.bob))
        if let changeFrame { frames.change(changeFrame) }
        let (alice, bob) = (UnitRelay(try InProcessPort(pair.alice)), UnitRelay(frames))
        relays = [.alice: alice, .bob: bob]
        prepare(relays)
        units = LinkUnits(
            alice: try await .connect(alice, hostName: "test", clock: .test),
            bob: try await .connect(bob, hostName: "test", clock: .test))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    var sessions: RunningSessions { RunningSessions(only: folder + "/notes") }

    /// What a piece of work has left behind: dark units that their owner still holds, and no note.
    func expectOrder(_ what: String = "") {
        for unit in [pair.alice, pair.bob] { #expect([.dark, .fault].contains(unit.state), "\(what): \(unit.state)") }
        #expect(relays.values.allSatisfy { !$0.isClosed }, "\(what): closed by another than its owner")
        #expect(sessions.all().isEmpty, "\(what): the note of the session is left")
    }

    /// The owner closes the units.
    func close() async {
        await units.alice.close()
        await units.bob.close()
        pair.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name).sigmf-meta") }

    private func hear(_ name: String) { heard.withLock { $0.append(name) } }

    func recording(_ kind: RecordingKind, samples: UInt64) -> UnitRecording {
        UnitRecording(
            kind, samples: samples, output: "\(folder)/\(kind.rawValue)", replacing: false, recorder: "test",
            until: end
        ) { event in
            switch event {
            case .warmingUp: hear("warming")
            case .progress: hear("progress")
            }
        }
    }

    var capture: ReceiverCapture {
        ReceiverCapture(samples: 65_536, until: end) { event in
            switch event {
            case .dark: hear("dark")
            case .warmingUp: hear("warming")
            case .vacuum: hear("vacuum")
            }
        }
    }

    func session(
        _ change: (inout PairRecording.Request) -> Void = { _ in },
        _ tell: @escaping @Sendable (PairRecording.Event) -> Void = { _ in }
    ) -> PairRecording {
        var request = PairRecording.Request()
        request.symbolRate = 200_000
        request.darkSamples = 60_000
        change(&request)
        return PairRecording(
            request, folder: folder, replacing: false, recorder: "test", until: end, notedIn: sessions, as: "test"
        ) { event in
            switch event {
            case .measuringElectronicNoise: hear("measuring")
            case .progress: hear("progress")
            case .warmingUp: hear("warming")
            case .started: hear("started")
            case .moment: hear("moment")
            case .unit: break
            case .endedEarly: hear("endedEarly")
            }
            tell(event)
        }
    }

    /// Waits until an event was told.
    func waitFor(_ event: String, times: Int = 1) async throws {
        let limit = HostClock.test.now + .seconds(60)
        while heard.withLock({ $0.count { $0 == event } }) < times, HostClock.test.now < limit {
            try await HostClock.test.sleep(for: .milliseconds(1))
        }
    }

    /// How somebody ends a piece of work.
    enum Way: String, CaseIterable, Sendable { case cancelled, requested }

    /// Does a piece of work, and ends it in one of two ways as soon as the event was told; what it came to.
    func ended<Value: Sendable>(
        _ way: Way, at event: String, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Result<Value, any Error> {
        let work = Task(executorPreference: HostClock.test.executor) { try await body() }
        try await waitFor(event)
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

    /// Small captures, so that there are several.
    static func small(_ relays: [UnitRole: UnitRelay]) {
        relays[.bob]?.change(Capabilities.self) { $0.maximumCaptureSamples = 20_000 }
    }
}
