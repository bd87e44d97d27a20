import UnitProtocol
import UnitTransport

@testable import UnitEmulator

/// A host that speaks to a unit without threads: what it asks is answered before `ask` returns, if it is answered at
/// all.
final class TestHost: HostPort, @unchecked Sendable {
    // SAFETY: tests without threads; `frames` is appended to under the pair's lock and read by the same thread.
    let unit: EmulatedUnit
    private(set) var port = 0
    private var number: UInt32 = 0
    private(set) var frames: [[UInt8]] = []
    private(set) var garbage: [[UInt8]] = []
    private(set) var isPresent = true
    private(set) var isBootloader = false

    init(_ unit: EmulatedUnit) {
        self.unit = unit
        port = unit.add(self)
    }

    func deliver(_ frame: [UInt8]) { frames.append(frame) }
    func deliverGarbage(_ bytes: [UInt8]) { garbage.append(bytes) }
    func streamReady() {}
    func vanish() { isPresent = false }
    func appear(isBootloader: Bool) {
        isPresent = true
        self.isBootloader = isBootloader
    }

    /// A reply or an event.
    struct Answer {
        let bytes: [UInt8]
        let header: FrameHeader
        let template: UInt16

        init?(_ bytes: [UInt8]) {
            guard let header = try? Frame.decode(bytes.span.bytes),
                let message = try? MessageHeader(bytes.span.bytes.extracting(32..<bytes.count))
            else { return nil }
            self.bytes = bytes
            self.header = header
            template = message.templateID
        }

        func block<Message: UnitMessage>(_ type: Message.Type = Message.self) throws -> Message {
            try MessageReader(bytes.span.bytes.extracting(32..<bytes.count)).block()
        }

        var error: ErrorCode? { try? block(ErrorMessage.self).code }
        var field: UInt16? { try? block(ErrorMessage.self).fieldId }
    }

    static func frame(_ number: UInt32, _ body: (inout MessageBuilder) throws(MessageFault) -> Void) -> [UInt8] {
        ControlFrame.make(.request, number: number, body)
    }

    /// Sends a request and returns the reply that came at once, if one did.
    @discardableResult
    func ask<Message: UnitMessage>(_ message: Message) -> Answer? {
        number += 1
        let before = frames.count
        unit.receive(Self.frame(number) { (builder) throws(MessageFault) in try builder.write(message) }, port: port)
        return answers(since: before).first { $0.header.channel == .reply && $0.header.number == number }
    }

    /// Sends the bytes of a message as they are: for what the codecs refuse to write.
    @discardableResult
    func ask(template: UInt16, schema: UInt16 = UnitMessages.schemaID, block: [UInt8], blockLength: Int? = nil)
        -> Answer?
    {
        number += 1
        let length = blockLength ?? block.count
        var bytes = [UInt8](repeating: 0, count: 32)
        for value in [UInt16(length), template, schema, 0] { bytes += [UInt8(value & 255), UInt8(value >> 8)] }
        bytes += block
        let header = FrameHeader(channel: .request, length: bytes.count, number: number)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        Frame.seal(header, into: &raw)
        let before = frames.count
        unit.receive(bytes, port: port)
        return answers(since: before).first { $0.header.channel == .reply && $0.header.number == number }
    }

    private func answers(since index: Int) -> [Answer] { frames[index...].compactMap { Answer($0) } }

    /// Replies to requests that were not answered at once.
    func replies(_ template: UInt16) -> [Answer] {
        frames.compactMap { Answer($0) }.filter { $0.header.channel == .reply && $0.template == template }
    }

    var events: [Answer] { frames.compactMap { Answer($0) }.filter { $0.header.channel == .event } }

    var stateChanges: [StateChanged] { events.compactMap { try? $0.block(StateChanged.self) } }

    @discardableResult
    func hello(_ access: Access = .control, name: String = "test") -> Answer? {
        ask(
            Hello(
                access: access, hostName: FixedText(name) ?? FixedText(), hostInstance: 1,
                challenge: FixedArray(repeating: 0)))
    }

    /// All stream frames that wait.
    func drain() -> [StreamRecord] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        var records: [StreamRecord] = []
        while true {
            let length = unit.takeStreamFrame(into: buffer, port: port)
            guard length > 0 else { return records }
            if let record = StreamRecord(Array(buffer[..<min(length, buffer.count)])) { records.append(record) }
        }
    }
}

/// A stream frame as received.
struct StreamRecord {
    let header: FrameHeader
    let block: StreamFrame
    let payload: [UInt8]

    init?(_ bytes: [UInt8]) {
        guard let header = try? Frame.decode(bytes.span.bytes),
            let block = try? MessageReader(bytes.span.bytes.extracting(32..<header.length)).block(as: StreamFrame.self)
        else { return nil }
        self.header = header
        self.block = block
        payload = Array(bytes[96..<header.length])
    }

    var range: Range<UInt64> { block.firstSymbol..<block.firstSymbol + UInt64(block.count) }
}

/// A pair whose time a test moves.
final class Rig {
    let time = ManualTime()
    let pair: EmulatedPair
    let alice: TestHost
    let bob: TestHost

    init(
        isPaced: Bool = false, buffer: Int = 1 << 20, receiver: PairModel.Receiver = .heterodyne, seed: UInt64 = 1,
        adjust: @escaping @Sendable (inout UnitConfiguration) -> Void = { _ in }
    ) {
        var model = PairModel(seed: seed)
        model.receiver = receiver
        model.symbolRate = 1e6
        model.shutterTimeConstant = 1e-6
        var configuration = PairConfiguration(model: model)
        configuration.isPaced = isPaced
        configuration.hasThread = false
        configuration.warmUpTime = 0.1
        configuration.streamBufferBytes = buffer
        configuration.adjust = adjust
        pair = EmulatedPair(configuration, clock: HostClock(time))
        alice = TestHost(pair.alice)
        bob = TestHost(pair.bob)
        run(60)
    }

    /// Lets so many milliseconds pass, one by one.
    func run(_ milliseconds: Int) {
        for _ in 0..<milliseconds {
            time.advance(milliseconds: 1)
            var turns = 0
            while pair.step() && turns < 100_000 { turns += 1 }
        }
    }

    /// Both units controlled and Ready.
    func makeReady() {
        alice.hello()
        bob.hello()
        alice.ask(SetSignalLaser(on: true))
        bob.ask(SetLocalOscillator(on: true, power: 0))
        run(110)
    }

    static func start(
        _ session: UInt64, purpose: SessionPurpose = .test, options: StreamOptions = [], frameBytes: UInt32 = 2_048,
        slot: UInt32 = 256, rate: Double = 1e6, vacuum: Double = 0, training: Double = 0, dark: Double = 0,
        limit: UInt64 = 0
    ) -> StartStream {
        StartStream(
            sessionId: session, purpose: purpose, options: options, frameBytes: frameBytes, symbolsPerFrame: slot,
            symbolRate: rate, vacuumFraction: vacuum, trainingFraction: training, darkFraction: dark,
            symbolLimit: limit)
    }
}
