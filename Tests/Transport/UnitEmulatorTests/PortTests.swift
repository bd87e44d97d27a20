import CUnitIO
import Glibc
import Testing
import UnitProtocol
import UnitTransport

@testable import UnitEmulator

/// A pair with a thread, for ports that have threads too.
private func livePair() -> EmulatedPair {
    var model = PairModel(seed: 1)
    model.symbolRate = 1e6
    var configuration = PairConfiguration(model: model)
    configuration.warmUpTime = 0
    return EmulatedPair(configuration)
}

/// A serial host: bytes out, decoded frames in.
private final class Line {
    let descriptor: Int32
    private var decoder = SerialDecoder()
    private(set) var frames: [[UInt8]] = []

    init?(_ path: String) {
        descriptor = cu_serial_open(path, 0)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) { _ = Glibc.write(descriptor, bytes, bytes.count) }

    /// Reads until `count` frames are there, the line ends, or two seconds pass without a byte. False if it ended.
    @discardableResult
    func read(until count: Int) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while frames.count < count {
            let mask = cu_wait(descriptor, Int32(CU_READABLE), -1, 2_000)
            guard mask > 0 else { return mask == 0 }
            let got = Glibc.read(descriptor, &chunk, chunk.count)
            guard got > 0 else { return false }
            decoder.feed(chunk[..<got]) { frames.append($0) }
        }
        return true
    }
}

@Suite(.serialized)
struct PortTests {
    static func directory() -> String {
        var template = Array("/tmp/cvqkd-ports-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        return template.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
    }

    /// README, section 1, byte for byte.
    static let heartbeat: [UInt8] = [
        0x43, 0x51, 0x01, 0x01, 0x30, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2B, 0x7A, 0x8A, 0xA3,
        0x08, 0x00, 0x0A, 0x00, 0x51, 0x51, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ]

    static var hello: [UInt8] {
        TestHost.frame(1) { (builder) throws(MessageFault) in
            try builder.write(
                Hello(
                    access: .control, hostName: FixedText("line") ?? FixedText(), hostInstance: 1,
                    challenge: FixedArray(repeating: 0)))
        }
    }

    @Test func `Hello and the protocol's example Heartbeat over a pseudo-terminal, after garbage`() throws {
        let pair = livePair()
        let directory = Self.directory()
        let port = try PTYPort(pair.bob, link: directory + "/bob-0")
        defer {
            port.stop()
            pair.stop()
            rmdir(directory)
        }
        let line = try #require(Line(directory + "/bob-0"))
        line.write([0x55, 0x99, 0x00])
        line.write(SerialEncoder.encode(Self.hello))
        line.write(SerialEncoder.encode(Self.heartbeat))
        #expect(line.read(until: 2))
        let hello = try #require(TestHost.Answer(line.frames[0])).block(HelloReply.self)
        #expect(hello.serial.description == "NOVA-B-0001")
        let answer = try #require(TestHost.Answer(line.frames[1]))
        #expect(answer.header.number == 258)
        #expect(try answer.block(HeartbeatReply.self).count == 7)
    }

    @Test func `the literal example frame is what our own codecs make`() {
        let frame = ControlFrame.make(.request, number: 258) { (builder) throws(MessageFault) in
            try builder.write(Heartbeat(count: 7))
        }
        #expect(frame == Self.heartbeat)
    }

    @Test func `a line that hangs up takes the light with it, and can be opened again`() throws {
        let pair = livePair()
        let directory = Self.directory()
        let port = try PTYPort(pair.bob, link: directory + "/bob-0")
        defer {
            port.stop()
            pair.stop()
            rmdir(directory)
        }
        do {
            let line = try #require(Line(directory + "/bob-0"))
            line.write([0] + SerialEncoder.encode(Self.hello))
            line.write(
                SerialEncoder.encode(
                    TestHost.frame(2) { (builder) throws(MessageFault) in
                        try builder.write(SetLocalOscillator(on: true, power: 0))
                    }))
            #expect(line.read(until: 3))
        }
        var turns = 0
        while pair.bob.state != .dark && turns < 1_000 {
            usleep(1_000)
            turns += 1
        }
        #expect(pair.bob.state == .dark)
        let again = try #require(Line(directory + "/bob-0"))
        again.write([0] + SerialEncoder.encode(Self.hello))
        #expect(again.read(until: 1))
    }

    @Test func `unplug ends the line and removes the link, replug makes another`() throws {
        let pair = livePair()
        let directory = Self.directory()
        let link = directory + "/bob-0"
        let port = try PTYPort(pair.bob, link: link)
        defer {
            port.stop()
            pair.stop()
            rmdir(directory)
        }
        let line = try #require(Line(link))
        line.write([0] + SerialEncoder.encode(Self.hello))
        #expect(line.read(until: 1))
        pair.bob.inject(.unplug)
        #expect(!line.read(until: .max), "the line ends")
        #expect(access(link, F_OK) != 0)
        pair.bob.inject(.replug)
        var turns = 0
        while access(link, F_OK) != 0 && turns < 1_000 {
            usleep(1_000)
            turns += 1
        }
        let again = try #require(Line(link))
        again.write([0] + SerialEncoder.encode(Self.hello))
        #expect(again.read(until: 1))
    }

    @Test func `a USB transfer holds whole frames at their stride, zeros behind them`() throws {
        let rig = Rig()
        let port = USBIPPort(unplugged: rig.pair.bob, speed: .superSpeed)
        func request<Message: UnitMessage>(_ message: Message) {
            let frame = TestHost.frame(1) { (builder) throws(MessageFault) in try builder.write(message) }
            _ = port.bulkOut(endpoint: 0x01, bytes: frame.span.bytes)
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        #expect(port.fillBulkIn(endpoint: 0x81, into: buffer) == .nothingYet)
        _ = port.bulkOut(endpoint: 0x01, bytes: Self.hello.span.bytes)
        guard case .data(let length) = port.fillBulkIn(endpoint: 0x81, into: buffer) else {
            Issue.record("no reply")
            return
        }
        #expect(TestHost.Answer(Array(buffer[..<length]))?.template == HelloReply.templateID)
        request(Rig.start(4, options: .standalone, slot: 100, dark: 1))
        rig.run(2)
        buffer.initializeMemory(as: UInt8.self, repeating: 0xEE)
        #expect(port.fillBulkIn(endpoint: 0x82, into: buffer) == .data(65_536))
        for start in stride(from: 0, to: 65_536, by: 2_048) {
            let record = try #require(StreamRecord(Array(buffer[start..<start + 2_048])))
            #expect(record.header.length == 496)
            #expect(buffer[start + record.header.length..<start + 2_048].allSatisfy { $0 == 0 })
        }
        rig.pair.bob.inject(.stall)
        #expect(port.fillBulkIn(endpoint: 0x82, into: buffer) == .stall)
        port.haltCleared(endpoint: 0x82)
        #expect(port.fillBulkIn(endpoint: 0x82, into: buffer) != .stall)
        port.configured(1)
        #expect(rig.pair.bob.state == .dark, "a reset closes the connection")
    }

    @Test func `a USB transfer that waits is ended within 10 ms`() {
        let rig = Rig()
        rig.makeReady()
        rig.bob.ask(StopStream(sessionId: 0))
        rig.pair.bob.portClosed(rig.bob.port)
        let port = USBIPPort(unplugged: rig.pair.bob, speed: .high)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        _ = port.bulkOut(endpoint: 0x01, bytes: Self.hello.span.bytes)
        let light = TestHost.frame(2) { (b) throws(MessageFault) in
            try b.write(SetLocalOscillator(on: true, power: 0))
        }
        _ = port.bulkOut(endpoint: 0x01, bytes: light.span.bytes)
        rig.run(110)
        // Armed: a session without frames.
        let start = TestHost.frame(3) { (b) throws(MessageFault) in try b.write(Rig.start(4)) }
        _ = port.bulkOut(endpoint: 0x01, bytes: start.span.bytes)
        #expect(port.fillBulkIn(endpoint: 0x82, into: buffer) == .nothingYet)
        // What is measured: not before, and then at once.
        usleep(11_000)
        #expect(port.fillBulkIn(endpoint: 0x82, into: buffer) == .data(0))
    }

    @Test func `the CDC port carries the same frames in serial form`() throws {
        let rig = Rig()
        let port = USBIPPort(unplugged: rig.pair.bob, speed: .high)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 16)
        defer { buffer.deallocate() }
        _ = port.bulkOut(endpoint: 0x04, bytes: ([0] + SerialEncoder.encode(Self.hello)).span.bytes)
        guard case .data(let length) = port.fillBulkIn(endpoint: 0x84, into: buffer) else {
            Issue.record("no reply")
            return
        }
        var decoder = SerialDecoder()
        var frames: [[UInt8]] = []
        decoder.feed(Array(buffer[..<length])[...]) { frames.append($0) }
        #expect(frames.count == 1 && TestHost.Answer(frames[0])?.template == HelloReply.templateID)
        #expect(port.fillBulkIn(endpoint: 0x81, into: buffer) == .nothingYet, "the answer goes where the question came")
    }

    @Test func `an in-process transport delivers a session to its end`() async throws {
        let pair = livePair()
        defer { pair.stop() }
        // A unit that still boots does not answer.
        var turns = 0
        while pair.bob.state != .dark && turns < 1_000 {
            usleep(1_000)
            turns += 1
        }
        let port = try InProcessPort(pair.bob)
        try await port.send(Self.hello)
        _ = try await port.receiveControl()
        try await port.openStream(StreamGeometry(frameBytes: 2_048, secret: false))
        let start = TestHost.frame(2) { (b) throws(MessageFault) in
            try b.write(Rig.start(4, options: .standalone, dark: 1, limit: 20_000))
        }
        try await port.send(start)
        var symbols = 0
        var isOver = false
        while !isOver {
            let block = try await port.receiveStream()
            for offset in stride(from: 0, to: block.count, by: 2_048) {
                let bytes = block.bytes.extracting(offset..<offset + 2_048).withUnsafeBytes { Array($0) }
                let record = try #require(StreamRecord(bytes))
                symbols += Int(record.block.count)
                isOver = isOver || record.isEnd
            }
        }
        #expect(symbols == 20_000)
        await port.closeStream()
        await port.close()
    }
}
