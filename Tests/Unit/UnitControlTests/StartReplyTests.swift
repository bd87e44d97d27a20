import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// StartStream whose reply is not what was asked for: the unit may stream all the same, with its light on.
@Suite(.virtualTime) struct StartReplyTests {
    /// Lets everything through but StreamStarted, which it changes.
    final class ForgingPort: UnitTransport {
        private let transport: any UnitTransport
        private let change: @Sendable (inout StreamStarted) -> Bool

        /// `change` returns false for a reply that is to be no StreamStarted at all.
        init(_ transport: any UnitTransport, _ change: @escaping @Sendable (inout StreamStarted) -> Bool) {
            (self.transport, self.change) = (transport, change)
        }

        var endpoint: TransportEndpoint { transport.endpoint }
        var counters: TransportCounters { transport.counters }
        func send(_ frame: [UInt8]) async throws(TransportError) { try await transport.send(frame) }

        func receiveControl() async throws(TransportError) -> [UInt8] {
            let frame = try await transport.receiveControl()
            guard let header = try? Frame.decode(frame.span.bytes), header.channel == .reply,
                let message = try? MessageReader(frame.span.bytes.extracting(droppingFirst: Frame.headerBytes)),
                var started = try? message.block(as: StreamStarted.self)
            else { return frame }
            var builder = MessageBuilder([UInt8](repeating: 0, count: Frame.headerBytes))
            let isWritten: Void? = change(&started) ? try? builder.write(started) : try? builder.write(GetStatus())
            guard isWritten != nil else { return frame }
            var forged = builder.bytes
            let length = forged.count
            var elements = forged.mutableSpan
            var raw = elements.mutableBytes
            Frame.seal(
                FrameHeader(channel: .reply, length: length, number: header.number, session: header.session),
                into: &raw)
            return forged
        }

        func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
            try await transport.openStream(geometry)
        }
        func receiveStream() async throws(TransportError) -> StreamBlock { try await transport.receiveStream() }
        func closeStream() async { await transport.closeStream() }
        func close() async { await transport.close() }
    }

    enum Forgery: CaseIterable { case session, purpose, otherMessage }

    @Test(arguments: Forgery.allCases)
    func `a unit whose answer to StartStream is wrong is told to stop`(_ forgery: Forgery) async throws {
        let pair = UnitTests.pair(seed: 25)
        defer { pair.stop() }
        let port = ForgingPort(try InProcessPort(pair.bob)) { started in
            switch forgery {
            case .session: started.sessionId += 1
            case .purpose: started.purpose = .key
            case .otherMessage: return false
            }
            return true
        }
        let unit = try await Unit.connect(port, hostName: "test", clock: .test)
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        try await unit.waitUntil(.ready, within: .seconds(5))
        let error = await UnitTests.failure {
            _ = try await unit.startStream(
                StreamPlan(
                    session: 25, purpose: .test, options: .standalone, frameBytes: 1024, symbolsPerFrame: 128,
                    symbolRate: 50_000, vacuumFraction: 1))
        }
        guard case .badReply(request: "StartStream", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(pair.bob.state == .ready)
        #expect(await unit.phase == .idle)
        await unit.close()
    }
}
