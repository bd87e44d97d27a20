import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

/// Units that answer Hello, and should not be believed; and what is said of those that do not.
@Suite(.virtualTime) struct HostileHandshakeTests {
    static func failure(
        within budget: Duration = .seconds(120), _ change: (EmulatedPair, UnitRelay) -> Void
    ) async throws -> (error: UnitError?, took: Duration) {
        let pair = UnitTests.pair(seed: 4)
        defer { pair.stop() }
        let relay = UnitRelay(try InProcessPort(pair.bob))
        change(pair, relay)
        let began = HostClock.test.now
        let error = await UnitTests.failure {
            _ = try await Unit.connect(relay, hostName: "test", within: budget, clock: .test)
        }
        #expect(relay.isClosed)
        return (error, HostClock.test.now - began)
    }

    /// The data's length and the data of a SchemaText.
    static func shortened(_ message: [UInt8], to count: Int) -> [UInt8] {
        let (start, size) = (MessageHeader.length + SchemaText.blockLength, SchemaText.text.lengthSize)
        let length = [UInt8(count)] + [UInt8](repeating: 0, count: size - 1)
        return message[..<start] + length + message[(start + size)...].prefix(count)
    }

    @Test(arguments: ["../../x", "A 1", "", "NOVA-B-0001\u{1b}[2J"])
    func `a serial number that no unit may have is refused, and cannot steer a terminal`(serial: String) async throws {
        let (error, _) = try await Self.failure { _, relay in
            relay.change(HelloReply.self) { $0.serial = FixedText(serial) ?? $0.serial }
        }
        guard case .illegalSerial(let shown) = error else {
            // The codec does not carry control characters.
            #expect(serial.contains("\u{1b}"), "\(String(describing: error))")
            return
        }
        #expect(shown.unicodeScalars.allSatisfy { (32..<127).contains($0.value) })
    }

    @Test func `an empty list of fingerprints agrees with nothing`() async throws {
        let (error, _) = try await Self.failure { _, relay in
            relay.rewrite(HelloReply.self) { message in
                let group = MessageHeader.length + HelloReply.blockLength
                var message = Array(message[..<(group + HelloReply.FingerprintsEntry.dimensionLength)])
                (message[group + 2], message[group + 3]) = (0, 0)
                return message
            }
        }
        #expect(error == .incompatible(difference: "it names no fingerprints of its messages"))
    }

    @Test func `a reply in the channel of events is no reply, and is not called a wrong rate`() async throws {
        let pair = UnitTests.pair(seed: 4)
        defer { pair.stop() }
        let port = ChangingPort(try InProcessPort(pair.bob)) { frame in
            guard let header = try? Frame.decode(frame.span.bytes) else { return }
            let (length, number) = (frame.count, header.number)
            var elements = frame.mutableSpan
            var bytes = elements.mutableBytes
            Frame.seal(FrameHeader(channel: .event, length: length, number: number), into: &bytes)
        }
        let error = await UnitTests.failure { _ = try await Unit.connect(port, hostName: "test", clock: .test) }
        guard case .noHello(let silence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(silence.otherFrames > 0 && silence.description.contains("that are no replies"))
    }

    @Test(arguments: [4_097, 60_000])
    func `a reply that is longer than any may be is refused`(bytes: Int) async throws {
        let (error, _) = try await Self.failure { _, relay in
            relay.rewrite(HelloReply.self) {
                $0 + [UInt8](repeating: 0, count: max(0, bytes - $0.count - Frame.headerBytes))
            }
        }
        #expect(error == .badReply(request: "Hello", reason: "a frame of \(bytes) bytes, 4096 are allowed"))
    }

    @Test func `a schema text that comes byte by byte is refused at once`() async throws {
        let (error, took) = try await Self.failure { pair, relay in
            pair.bob.inject(.wrongFingerprint, value: 13)
            relay.rewrite(SchemaText.self) { Self.shortened($0, to: 1) }
        }
        guard case .badReply(request: "GetSchema", let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix("1 bytes of") && took < .seconds(1))
    }

    @Test func `whatever a unit does, its handshake has an end, which says how far it came`() async throws {
        let (error, took) = try await Self.failure(within: .milliseconds(1_500)) { pair, relay in
            pair.bob.inject(.wrongFingerprint, value: 13)
            // Each part takes most of its deadline.
            pair.bob.inject(.lateReplies, value: 600)
        }
        guard case .tooSlow(let doing, milliseconds: 1_500) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(doing.contains("bytes of its schema text have come"), "\(doing)")
        #expect(took <= .milliseconds(1_600))
    }

    @Test(arguments: [false, true])
    func `replies to other numbers are told from frames with a wrong checksum`(isSealed: Bool) async throws {
        let pair = UnitTests.pair(seed: 5)
        defer { pair.stop() }
        let port = ChangingPort(try InProcessPort(pair.bob)) { frame in
            frame[8] ^= 0x40
            guard isSealed, let header = try? Frame.peek(frame.span.bytes) else { return }
            var elements = frame.mutableSpan
            var bytes = elements.mutableBytes
            Frame.seal(header, into: &bytes)
        }
        let error = await UnitTests.failure {
            _ = try await Unit.connect(port, hostName: "test", clock: .test)
        }
        guard case .noHello(let silence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(isSealed ? silence.wrongChecksums == 0 : silence.wrongChecksums >= 3, "\(silence)")
        #expect(silence.otherReplies == (isSealed ? 3 : 0))
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0], [], "nothing came. Check power and cable, and whether there is a unit on this line"),
            (
                [5, 0, 0, 0], [],
                "5 bytes without the end of a frame came (5 bytes). Is this a unit, and at the right rate?"
            ),
            ([90, 3, 0, 0], [], "3 pieces without a frame came (90 bytes). Is this a unit, and at the right rate?"),
            (
                [90, 0, 1, 0], [],
                "1 frame with a wrong checksum came (90 bytes). Bytes change or get lost on the way: check cable, ground and rate"
            ),
            (
                [90, 0, 0, 2], [],
                "2 replies to other numbers came (90 bytes). Another program uses the unit through this connection, or its firmware is wrong"
            ),
            (
                [9, 1, 0, 0], ["cat (pid 7)"],
                "1 piece without a frame came (9 bytes). Is this a unit? cat (pid 7) has the line open too and may take bytes from it. End that first"
            ),
        ] as [([UInt64], [String], String)])
    func `what came in place of a reply is told apart`(counts: [UInt64], readers: [String], words: String) {
        var silence = HelloSilence(milliseconds: 2_100)
        silence.isSerial = true
        (silence.bytes, silence.undecodable, silence.wrongChecksums, silence.otherReplies) =
            (counts[0], counts[1], counts[2], counts[3])
        silence.otherReaders = readers
        #expect(silence.description == "no reply to Hello within 2100 ms: \(words)")
    }
}

/// Changes bytes of what the unit says, and leaves the checksum.
final class ChangingPort: UnitTransport {
    private let transport: any UnitTransport
    private let change: @Sendable (inout [UInt8]) -> Void

    init(_ transport: any UnitTransport, _ change: @escaping @Sendable (inout [UInt8]) -> Void) {
        (self.transport, self.change) = (transport, change)
    }

    var endpoint: TransportEndpoint { transport.endpoint }
    var counters: TransportCounters { transport.counters }
    func send(_ frame: [UInt8]) async throws(TransportError) { try await transport.send(frame) }
    func receiveControl() async throws(TransportError) -> [UInt8] {
        var frame = try await transport.receiveControl()
        change(&frame)
        return frame
    }
    func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
        try await transport.openStream(geometry)
    }
    func receiveStream() async throws(TransportError) -> StreamBlock { try await transport.receiveStream() }
    func closeStream() async { await transport.closeStream() }
    func close() async { await transport.close() }
}
