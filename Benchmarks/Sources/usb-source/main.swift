// Serves two devices with the vendor interface of a unit that do nothing but repeat valid stream frames which were made
// beforehand: the source for readers that are to be compared. No physics, no protocol: whoever sends 16 octets to the
// request endpoint (total bytes, bytes per second or 0 for no limit) gets so many, from the first frame on.
//
//   usb-source vhci|gadget

import Glibc
import UnitEmulator
import UnitProtocol
import UnitTransport

let stride = 16_384
/// Frames before the numbers begin again.
let frames = 1024
/// 32 octets of each stride are left over, for the time at which a transfer was filled.
let symbols = 4064

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func makeFrames() throws -> UnsafeMutableRawBufferPointer {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: frames * stride, alignment: 4096)
    block.initializeMemory(as: UInt8.self, repeating: 0)
    var seed: UInt64 = 1
    for number in 0..<frames {
        let message = StreamFrame(
            firstSymbol: UInt64(number * symbols), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01,
            count: UInt32(symbols), clippedSamples: 0, kind: .vacuum, format: .xp16, content: .measured,
            purpose: .test, flags: [])
        var builder = MessageBuilder([UInt8](repeating: 0, count: 32))
        try builder.write(message)
        let frame = UnsafeMutableRawBufferPointer(rebasing: block[number * stride..<(number + 1) * stride])
        frame.copyBytes(from: builder.bytes)
        let samples = UnsafeMutableRawBufferPointer(rebasing: frame[96...]).bindMemory(to: Int16.self)
        for index in 0..<2 * symbols {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            samples[index] = Int16(truncatingIfNeeded: (seed >> 33) & 1023) - 512
        }
        var bytes = frame.mutableBytes
        Frame.seal(
            FrameHeader(channel: .stream, length: 96 + 4 * symbols, number: UInt32(number), session: 1), into: &bytes)
    }
    return block
}

/// The same for both devices, and never written again.
struct Frames: @unchecked Sendable { let block: UnsafeMutableRawBufferPointer }

final class Source: USBIPDelegate {
    private struct State {
        var position: UInt64 = 0
        var end: UInt64 = 0
        var rate: UInt64 = 0
        var start: UInt64 = 0
        var epoch: UInt64 = 0
    }

    private let frames: Frames
    private let state = Guarded(State())
    let wake = LateCallback()

    init(_ frames: Frames) { self.frames = frames }

    func bulkOut(endpoint: UInt8, bytes: RawSpan) -> BulkOutResult {
        guard bytes.byteCount == 16 else { return .stall }
        let total = bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let rate = bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
        state.withLock { state in
            state.position = 0
            state.end = total
            state.rate = rate
            state.start = nanoseconds()
            state.epoch += 1
        }
        wake()
        return .accepted
    }

    func epoch(endpoint: UInt8) -> UInt64 { state.withLock { $0.epoch } }

    /// Whether a paced transfer has become due.
    var isDue: Bool {
        state.withLock { state in
            state.rate > 0 && state.position < state.end
                && (nanoseconds() - state.start) / 1000 * state.rate / 1_000_000 >= state.position + 131_072
        }
    }

    func fillBulkIn(endpoint: UInt8, into buffer: UnsafeMutableRawBufferPointer) -> BulkInResult {
        guard endpoint == UnitUSBDescriptors.streamEndpoint else { return .nothingYet }
        let (position, count) = state.withLock { state -> (UInt64, Int) in
            let count = min(UInt64(buffer.count), state.end - state.position)
            if state.rate > 0 {
                let allowed = (nanoseconds() - state.start) / 1000 * state.rate / 1_000_000
                guard allowed >= state.position + count else { return (0, 0) }
            }
            defer { state.position += count }
            return (state.position, Int(count))
        }
        guard count > 0 else { return .nothingYet }
        let offset = Int(position % UInt64(frames.block.count))
        let source = UnsafeRawBufferPointer(rebasing: frames.block[offset..<min(offset + count, frames.block.count)])
        buffer.copyMemory(from: source)
        buffer.storeBytes(of: nanoseconds(), toByteOffset: source.count - 8, as: UInt64.self)
        // A pass is a multiple of every transfer, so nothing is cut.
        precondition(source.count == count)
        return .data(count)
    }
}

setvbuf(stdout, nil, _IOLBF, 0)
do {
    let memory = Frames(block: try makeFrames())
    let sources = [Source(memory), Source(memory)]
    var gadgets: [FunctionFSDevice] = []
    var virtual: [USBIPDevice] = []
    for (index, source) in sources.enumerated() {
        let role: UnitUSBDescriptors.Role = index == 0 ? .alice : .bob
        let serial = "BENCH-\(index)"
        if CommandLine.arguments.dropFirst().first == "gadget" {
            let device = try FunctionFSDevice(
                serial: serial, role: role, controller: try DeviceController.firstFree(), speed: .superSpeed)
            try device.attach(delegate: source)
            gadgets.append(device)
            source.wake.set { device.wake(UnitUSBDescriptors.streamEndpoint) }
        } else {
            let descriptors = UnitUSBDescriptors.descriptors(role: role, serialNumber: serial, speed: .superSpeed)
            let device = USBIPDevice(descriptors: descriptors, speed: .superSpeed, delegate: source)
            try device.attach()
            virtual.append(device)
            source.wake.set { device.wake(UnitUSBDescriptors.streamEndpoint) }
        }
    }
    print("ready")
    // Until standard input ends.
    let ticker = try IOThread(name: "pace") {
        while true {
            usleep(500)
            for source in sources where source.isDue { source.wake() }
        }
    }
    ticker.detach()
    while getchar() != EOF {}
    gadgets.forEach { $0.close() }
    virtual.forEach { $0.detach() }
    exit(0)
} catch {
    fputs("usb-source: \(error)\n", stderr)
    exit(1)
}
