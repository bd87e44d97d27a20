import Glibc
import Testing
import UnitProtocol
import UnitTransport

@testable import UnitEmulator

/// A unit that streams dark slots on a USB port that a test asks by hand.
private final class USBBench {
    let rig = Rig()
    let port: USBIPPort
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    init(serial: Bool) {
        port = USBIPPort(unplugged: rig.pair.bob, speed: .superSpeed)
        let requests = [
            TestHost.frame(1) { (builder) throws(MessageFault) in
                try builder.write(
                    Hello(
                        access: .control, hostName: FixedText("test") ?? FixedText(), hostInstance: 1,
                        challenge: FixedArray(repeating: 0)))
            },
            TestHost.frame(2) { (builder) throws(MessageFault) in
                try builder.write(Rig.start(4, options: .standalone, slot: 100, dark: 1))
            },
        ]
        for request in requests { send(request, serial: serial) }
        rig.run(2)
    }

    deinit { buffer.deallocate() }

    func send(_ frame: [UInt8], serial: Bool) {
        let bytes = serial ? [0] + SerialEncoder.encode(frame) : frame
        _ = port.bulkOut(endpoint: serial ? 0x04 : 0x01, bytes: bytes.span.bytes)
    }

    func fill(_ endpoint: UInt8, count: Int = 65_536) -> BulkInResult {
        port.fillBulkIn(endpoint: endpoint, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    }

    /// Numbers of the frames on the vendor interface from now on, read in transfers of 8 strides.
    func numbers(_ transfers: Int) -> [UInt32] {
        (0..<transfers).flatMap { _ -> [UInt32] in
            guard case .data(let count) = fill(0x82, count: 16_384) else { return [] }
            return stride(from: 0, to: count - 2_047, by: 2_048).compactMap {
                StreamRecord(Array(buffer[$0..<$0 + 2_048]))?.header.number
            }
        }
    }

    /// Numbers of the sound frames on the CDC port, read until nothing comes.
    func serialNumbers() -> [UInt32] {
        var decoder = SerialDecoder()
        var numbers: [UInt32] = []
        for _ in 0..<200 {
            guard case .data(let count) = fill(0x84, count: 4_096) else { break }
            decoder.feed(Array(buffer[..<count])[...]) { frame in
                if let record = StreamRecord(frame) { numbers.append(record.header.number) }
            }
        }
        return numbers
    }
}

struct WireFaultTests {
    @Test(arguments: [(Fault.protocolError, BulkInResult.protocolError), (Fault.babble, BulkInResult.overflow)])
    func `a failing transfer takes its frames with it`(fault: Fault, result: BulkInResult) {
        let bench = USBBench(serial: false)
        #expect(bench.numbers(1) == Array(0..<8))
        bench.rig.pair.bob.inject(fault, value: 2)
        #expect(bench.fill(0x82, count: 16_384) == result)
        #expect(bench.fill(0x82, count: 16_384) == result)
        #expect(bench.numbers(1) == Array(24..<32))
    }

    @Test func `a short transfer ends in the middle of its last frame`() {
        let bench = USBBench(serial: false)
        bench.rig.pair.bob.inject(.shortTransfer)
        #expect(bench.fill(0x82, count: 16_384) == .data(7 * 2_048 + 100))
        #expect(bench.numbers(1) == Array(8..<16))
    }

    @Test func `clear ends what is still to come`() {
        let bench = USBBench(serial: false)
        bench.rig.pair.bob.inject(.protocolError, value: 5)
        bench.rig.pair.bob.inject(.clear)
        #expect(bench.numbers(1) == Array(0..<8))
    }

    @Test func `a wedged unit moves no endpoint until it is configured again`() {
        let bench = USBBench(serial: false)
        bench.rig.pair.bob.inject(.wedge)
        for endpoint: UInt8 in [0x81, 0x82, 0x84] { #expect(bench.fill(endpoint) == .silent) }
        let request: [UInt8] = [0]
        let sent = bench.port.bulkOut(endpoint: 0x01, bytes: request.span.bytes)
        #expect(sent == .silent)
        bench.port.haltCleared(endpoint: 0x82)
        bench.rig.pair.bob.inject(.clear)
        #expect(bench.fill(0x82) == .silent)
        bench.port.configured(1)
        #expect(bench.fill(0x82) != .silent)
    }

    @Test func `the CDC port halts too, and only its own endpoint's clearing ends that`() {
        let bench = USBBench(serial: true)
        bench.rig.pair.bob.inject(.stall)
        #expect(bench.fill(0x84) == .stall)
        bench.port.haltCleared(endpoint: 0x82)
        #expect(bench.fill(0x84) == .stall)
        bench.port.haltCleared(endpoint: 0x84)
        #expect(bench.fill(0x84) != .stall)
    }

    /// Garbage in front: none lost. Delimiter inside: frame 1. Half missing: frame 2, and 3 with it, on which the garbage
    /// that would have joined it is spent.
    @Test func `noise on a line costs the frames that it meets`() {
        let bench = USBBench(serial: true)
        bench.rig.pair.bob.inject(.lineNoise, value: 4)
        #expect(bench.serialNumbers().prefix(5) == [0, 4, 5, 6, 7])
    }

    @Test func `a digest tells one changed bit, wherever it is`() {
        var samples = (0..<259).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let digest = SampleDigest.of(samples.span.bytes)
        for index in samples.indices {
            samples[index] ^= 0x80
            let changed = SampleDigest.of(samples.span.bytes)
            #expect(changed != digest)
            samples[index] ^= 0x80
        }
        samples.removeLast()
        let shorter = SampleDigest.of(samples.span.bytes)
        #expect(shorter != digest)
    }
}
