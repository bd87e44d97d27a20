// How fast SerialTransport and the account take stream frames from a pseudo-terminal, against a bare reader that throws
// the bytes away. The same writer (a thread of this process) feeds both, in turn.
//
//   pty-stream [MEBIBYTES]

import CUnitIO
import Glibc
import SerialTransport
import UnitControl
import UnitProtocol
import UnitTransport

let stride = 16_384
let mebibytes = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 128 : 128
let count = mebibytes * 1_048_576 / stride
let symbols = (stride - 96) / 4

/// All frames of the stream as they travel on a line.
func encodedFrames() throws -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(count * (stride + 128))
    var encoded = [UInt8](repeating: 0, count: COBS.maximumEncodedBytes(for: stride))
    var seed: UInt64 = 1
    for number in 0..<count {
        let message = StreamFrame(
            firstSymbol: UInt64(number * symbols), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01,
            count: UInt32(symbols), clippedSamples: 0, kind: .vacuum, format: .xp16, content: .measured,
            purpose: .test, flags: [])
        var builder = MessageBuilder([UInt8](repeating: 0, count: 32))
        try builder.write(message)
        var frame = builder.bytes
        for _ in 0..<2 * symbols {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let sample = Int16(truncatingIfNeeded: (seed >> 33) & 1023) - 512
            frame.append(UInt8(truncatingIfNeeded: sample))
            frame.append(UInt8(truncatingIfNeeded: sample >> 8))
        }
        var elements = frame.mutableSpan
        var bytes = elements.mutableBytes
        let length = bytes.byteCount
        Frame.seal(FrameHeader(channel: .stream, length: length, number: UInt32(number), session: 1), into: &bytes)
        var output = encoded.mutableSpan
        var outputBytes = output.mutableBytes
        let used = COBS.encode(frame.span.bytes, into: &outputBytes)
        line += encoded[..<used]
        line.append(0)
    }
    return line
}

func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

func openTerminal() -> (master: Int32, path: String) {
    var name = [CChar](repeating: 0, count: 128)
    let master = cu_pty_open(&name, name.count)
    precondition(master >= 0)
    return (master, String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
}

func startWriter(_ master: Int32, _ line: [UInt8]) throws -> IOThread {
    try IOThread(name: "writer") {
        line.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let written = write(master, bytes.baseAddress.map { $0 + sent }, min(65_536, bytes.count - sent))
                if written > 0 { sent += written } else { _ = cu_wait(master, Int32(CU_WRITABLE), -1, 100) }
            }
        }
    }
}

func bareReader(_ line: [UInt8]) throws -> Double {
    let (master, path) = openTerminal()
    let slave = cu_serial_open(path, 0)
    precondition(slave >= 0)
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: 262_144, alignment: 4096)
    let start = now()
    let writer = try startWriter(master, line)
    var received = 0
    while received < line.count {
        let got = read(slave, buffer, 262_144)
        if got > 0 { received += got } else { _ = cu_wait(slave, Int32(CU_READABLE), -1, 100) }
    }
    let elapsed = now() - start
    writer.join()
    close(slave)
    close(master)
    buffer.deallocate()
    return elapsed
}

func transportReader(_ line: [UInt8]) async throws -> Double {
    let (master, path) = openTerminal()
    let transport = try SerialTransport(path: path)
    try await transport.openStream(StreamGeometry(frameBytes: stride, secret: false))
    var accounting = StreamAccounting(session: 1, purpose: .test, symbolsPerFrame: UInt32(symbols), sampleFormat: .xp16)
    let start = now()
    let writer = try startWriter(master, line)
    while accounting.counters.frames + transport.counters.droppedStreamFrames < UInt64(count) {
        let block = try await transport.receiveStream()
        accounting.accept(block.bytes, stride: block.stride) { _, _ in }
    }
    let elapsed = now() - start
    writer.join()
    precondition(transport.counters.droppedStreamFrames == 0, "frames were dropped: nothing to compare")
    await transport.closeStream()
    await transport.close()
    close(master)
    return elapsed
}

do {
    let line = try encodedFrames()
    var (bare, ours) = (Double.infinity, Double.infinity)
    for _ in 0..<5 {
        bare = min(bare, try bareReader(line))
        ours = min(ours, try await transportReader(line))
    }
    let bytes = Double(line.count)
    print(
        """
        {"bytes": \(line.count), "transportMegabytesPerSecond": \(bytes / ours / 1e6), \
        "bareReaderMegabytesPerSecond": \(bytes / bare / 1e6), "ratioToBareReader": \(bare / ours)}
        """)
} catch {
    fputs("\(error)\n", stderr)
    exit(1)
}
