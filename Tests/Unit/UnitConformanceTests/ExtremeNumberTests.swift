import Testing
import UnitEmulator
import UnitProtocol
import UnitRelays

@testable import UnitConformance

/// Units whose numbers are at the ends of what their fields hold: checks fail, and the run goes on to its last check.
@Suite(.serialized)
struct ExtremeNumberTests {
    /// What a unit says, and a check that has to fail because of it; nil where nothing demands that.
    struct Extreme: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: String?
        let change: @Sendable (UnitRelay, FrameRelay) -> Void

        init(_ name: String, _ check: String?, _ change: @escaping @Sendable (UnitRelay, FrameRelay) -> Void) {
            (testDescription, self.check, self.change) = (name, check, change)
        }

        static func reply<Reply: UnitMessage>(
            _ name: String, _ check: String?, _ body: @escaping @Sendable (inout Reply) -> Void
        ) -> Extreme {
            Extreme("\(Reply.messageName) \(name)", check) { answers, _ in answers.change(Reply.self, body) }
        }

        static func frame(
            _ name: String, _ check: String?, _ body: @escaping @Sendable (inout StreamFrame) -> Void
        ) -> Extreme {
            Extreme("StreamFrame \(name)", check) { _, frames in frames.change { _, _, frame in body(&frame) } }
        }
    }

    static let extremes: [Extreme] = [
        .frame("droppedSymbols 2^64-6", "stream-conserved") { $0.droppedSymbols = .max - 5 },
        .frame("droppedSymbols grows by 2^62", "stream-conserved") { $0.droppedSymbols = $0.firstSymbol << 50 },
        .frame("firstSymbol near 2^64", "stream-conserved") { $0.firstSymbol = .max - $0.firstSymbol % 100 },
        .frame("firstSymbol runs back", "stream-conserved") { $0.firstSymbol = .max / 2 - $0.firstSymbol },
        .frame("count 2^32-1", "stream-frames") { $0.count = .max },
        .frame("clippedSamples 2^32-1", "stream-frames") { $0.clippedSamples = .max },
        .frame("deviceTime 2^64-1", "stream-times") { $0.deviceTime = .max },
        .frame("localOscillatorPower 10", nil) { $0.localOscillatorPower = 10 },
        .frame("everything", "stream-conserved") {
            ($0.firstSymbol, $0.droppedSymbols, $0.deviceTime) = (.max, .max, .max)
            ($0.count, $0.clippedSamples) = (.max, .max)
        },
        .reply("droppedSymbols 2^64-1", "stream-conserved") { (stopped: inout StreamStopped) in
            stopped.droppedSymbols = .max
        },
        .reply("everything", "stream-conserved") { (stopped: inout StreamStopped) in
            (stopped.nextSymbol, stopped.framesSent) = (.max, .max)
            (stopped.deliveredSymbols, stopped.droppedSymbols) = (.max, .max)
        },
        .reply("totalBytes 2^32-1", "schema-text") { (text: inout SchemaText) in text.totalBytes = .max },
        .reply("offset 2^32-1", "schema-text") { (text: inout SchemaText) in text.offset = .max },
        .reply("total 65535", "telemetry-catalogue") { (page: inout TelemetryCatalog) in page.total = .max },
        .reply("deviceTime 2^64-1", "telemetry-uptime") { (seen: inout Telemetry) in seen.deviceTime = .max },
        .reply("streamBufferBytes 2^64-1", "hello-identity") { (hello: inout HelloReply) in
            hello.streamBufferBytes = .max
        },
        .reply("streamBufferBytes 0", "hello-identity") { (hello: inout HelloReply) in hello.streamBufferBytes = 0 },
        .reply("maximumControlFrame 2^32-1", nil) { (hello: inout HelloReply) in hello.maximumControlFrame = .max },
        .reply("maximumControlFrame 0", "too-large") { (hello: inout HelloReply) in hello.maximumControlFrame = 0 },
        .reply("bootCount 2^32-1", "telemetry-uptime") { (hello: inout HelloReply) in hello.bootCount = .max },
        .reply("shutterSettling 1e9", "guard") { (data: inout Capabilities) in data.shutterSettling = 1e9 },
        .reply("warmUpTime 1e9", "light-up") { (data: inout Capabilities) in data.warmUpTime = 1e9 },
        .reply("rates 1e15", "stream-conserved") { (data: inout Capabilities) in
            (data.minimumSymbolRate, data.maximumSymbolRate) = (1e15, 1e15)
        },
        .reply("attenuation ±200", "attenuator") { (data: inout Capabilities) in
            (data.minimumAttenuation, data.maximumAttenuation) = (-200, 200)
        },
        .reply("counts at their ends", nil) { (data: inout Capabilities) in
            (data.maximumCaptureSamples, data.maximumMomentSamples, data.maximumDelay) = (.max, .max, 65_536)
        },
        .reply("counts of 0", nil) { (data: inout Capabilities) in
            (data.maximumCaptureSamples, data.maximumMomentSamples) = (0, 0)
        },
        .reply("sampleCount 2^32-1", "capture") { (ready: inout CaptureReady) in ready.sampleCount = .max },
        .reply("sums at their ends", "moments") { (sums: inout Moments) in
            (sums.sumX, sums.sumP, sums.sumSquaresX, sums.sumSquaresP) = (.min, .min, .max, .max)
            (sums.samples, sums.clippedSamples) = (.max, .max)
        },
        .reply("everything", nil) { (status: inout Status) in
            (status.nextSymbol, status.droppedSymbols, status.framesSent, status.uptime) = (.max, .max, .max, .max)
        },
        .reply("times at their ends", "clock") { (clock: inout ClockMessage) in
            (clock.receivedTime, clock.sentTime) = (.max, 0)
        },
        .reply("deviceTime 2^64-1", "dead-man") { (reply: inout HeartbeatReply) in reply.deviceTime = .max },
        .reply("deviceTime 2^64-1", "stream-started") { (started: inout StreamStarted) in started.deviceTime = .max },
        .reply("deviceTime 2^64-1", "dead-man") { (change: inout StateChanged) in change.deviceTime = .max },
        .reply("powers at their ends", nil) { (state: inout OpticalState) in
            (state.localOscillatorPower, state.signalPower, state.modulationVariance) = (10, 10, 1e6)
            (state.attenuationSet, state.attenuationReadBack) = (200, -200)
        },
    ]

    @Test(arguments: extremes) func `a number at the end of its field fails a check, and the run goes on`(
        extreme: Extreme
    ) async {
        var bench = InProcess()
        bench.relay = extreme.change
        let record = await bench.run(Self.checks)
        #expect(record.phases.last?.check == ConformanceSuite.checks.last { Self.checks.contains($0.id) }?.id)
        #expect(!record.isAborted)
        guard let check = extreme.check else { return }
        let outcomes = record.phases.filter { $0.check == check }.map(\.outcome)
        #expect(outcomes.contains(.fail), "\(extreme.testDescription): \(record.complaints)")
    }

    /// All but those that only wait, or that take long with the numbers of others.
    private static let checks = Set(ConformanceSuite.checks.map(\.id)).subtracting([
        "kinds-differ", "heartbeat-holds-light", "observing-frees-control", "dead-man-in-session",
        "session-reused", "fractions", "replies-held",
    ])
}
