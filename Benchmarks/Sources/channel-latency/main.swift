// From the completion of a transfer to its consumer: a thread fills buffers of StreamChannel at a paced rate, as libusb's
// event thread does, and a task takes them, checks the frames and gives them back. Prints one JSON line.
//
//   channel-latency [MEGABYTES-PER-SECOND] [SECONDS]

import Glibc
import QuadratureAnalysis
import StreamSums
import UnitControl
import UnitProtocol
import UnitTransport

let stride = 16_384
let symbols = 4064
let bufferBytes = 262_144
let rate = (CommandLine.arguments.count > 1 ? Double(CommandLine.arguments[1]) ?? 100 : 100) * 1e6
let duration = CommandLine.arguments.count > 2 ? Double(CommandLine.arguments[2]) ?? 10 : 10

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// One transfer's frames, all of them valid; their numbers repeat, which the account counts and which costs the same.
func makeTransfer() throws -> [UInt8] {
    var transfer: [UInt8] = []
    for number in 0..<bufferBytes / stride {
        let message = StreamFrame(
            firstSymbol: UInt64(number * symbols), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01,
            count: UInt32(symbols), clippedSamples: 0, kind: .vacuum, format: .xp16, content: .measured,
            purpose: .test, flags: [])
        var builder = MessageBuilder([UInt8](repeating: 0, count: 32))
        try builder.write(message)
        var frame = builder.bytes + [UInt8](repeating: 0x11, count: stride - 96)
        var elements = frame.mutableSpan
        var bytes = elements.mutableBytes
        Frame.seal(
            FrameHeader(channel: .stream, length: 96 + 4 * symbols, number: UInt32(number), session: 1), into: &bytes)
        transfer += frame
    }
    return transfer
}

do {
    let transfer = try makeTransfer()
    let channel = try StreamChannel(
        bufferCount: 32, bufferBytes: bufferBytes, geometry: StreamGeometry(frameBytes: stride, secret: false),
        onSpare: {})
    let starved = Guarded(0)
    let producer = try IOThread(name: "producer") {
        let start = nanoseconds()
        let blocks = Int(rate * duration / Double(bufferBytes))
        for block in 0..<blocks {
            let due = start + UInt64(Double(block) * Double(bufferBytes) / rate * 1e9)
            while nanoseconds() < due { usleep(50) }
            guard let slot = channel.takeSpare() else {
                starved.withLock { $0 += 1 }
                continue
            }
            let buffer = channel.buffer(slot)
            buffer.copyBytes(from: transfer)
            // The time of completion travels in the padding of the last stride.
            buffer.storeBytes(of: nanoseconds(), toByteOffset: bufferBytes - 8, as: UInt64.self)
            channel.commit(slot, count: bufferBytes)
        }
        channel.finish(.closed)
    }
    var latencies: [UInt64] = []
    latencies.reserveCapacity(1 << 20)
    var sums = StreamSums()
    var frames: UInt64 = 0
    do {
        while true {
            let block = try await channel.next()
            let stamp = block.bytes.unsafeLoadUnaligned(fromByteOffset: block.count - 8, as: UInt64.self)
            latencies.append(nanoseconds() - stamp)
            var accounting = StreamAccounting(
                session: 1, purpose: .test, symbolsPerFrame: UInt32(symbols), sampleFormat: .xp16)
            try accounting.accept(block.bytes, stride: block.stride, into: &sums)
            frames += accounting.counters.frames
        }
    } catch {}
    producer.join()
    precondition(frames == UInt64(latencies.count * bufferBytes / stride), "frames were not taken")
    latencies.sort()
    let (count, lost) = (latencies.count, starved.withLock { $0 })
    print(
        """
        {"megabytesPerSecond": \(rate / 1e6), "blocks": \(count), "starved": \(lost), \
        "medianSeconds": \(1e-9 * Double(latencies[count / 2])), \
        "p999Seconds": \(1e-9 * Double(latencies[count * 999 / 1000])), \
        "worstSeconds": \(1e-9 * Double(latencies[count - 1]))}
        """)
} catch {
    fputs("\(error)\n", stderr)
    exit(1)
}
