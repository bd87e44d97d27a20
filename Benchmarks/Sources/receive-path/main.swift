// How fast one core takes stream frames that lie in memory: header, CRC-32C, account, and Σ, Σ², clips of the samples,
// against memcpy of the same bytes. Writes one JSON line; the frames go to a file for other programs to try.
//
//   receive-path [MEBIBYTES] [FRAMES-FILE]

import Glibc
import QuadratureAnalysis
import StreamSums
import UnitControl
import UnitProtocol

let stride = 16_384
let mebibytes = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 128 : 128
let frames = mebibytes * 1_048_576 / stride
let symbols = (stride - 96) / 4
let block = UnsafeMutableRawBufferPointer.allocate(byteCount: frames * stride, alignment: 4096)
let target = UnsafeMutableRawBufferPointer.allocate(byteCount: frames * stride, alignment: 4096)
target.initializeMemory(as: UInt8.self, repeating: 0)

func copyAll() {
    guard let to = target.baseAddress, let from = block.baseAddress else { return }
    memcpy(to, from, block.count)
}

func makeFrames() throws {
    var seed: UInt64 = 1
    for number in 0..<frames {
        let message = StreamFrame(
            firstSymbol: UInt64(number * symbols), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01,
            count: UInt32(symbols), clippedSamples: 0, kind: .vacuum, format: .xp16, content: .measured,
            purpose: .test, flags: [])
        var builder = MessageBuilder([UInt8](repeating: 0, count: 32))
        try builder.write(message)
        let frame = UnsafeMutableRawBufferPointer(rebasing: block[number * stride..<(number + 1) * stride])
        frame.initializeMemory(as: UInt8.self, repeating: 0)
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
}

func seconds(_ body: () -> Void) -> Double {
    var (start, end) = (timespec(), timespec())
    clock_gettime(CLOCK_MONOTONIC, &start)
    body()
    clock_gettime(CLOCK_MONOTONIC, &end)
    return Double(end.tv_sec - start.tv_sec) + 1e-9 * Double(end.tv_nsec - start.tv_nsec)
}

func receive() -> Int64 {
    var accounting = StreamAccounting(session: 1, purpose: .test, symbolsPerFrame: UInt32(symbols), sampleFormat: .xp16)
    var sums = StreamSums()
    // In blocks of the transport's size, as they arrive.
    let transfer = 262_144
    var offset = 0
    while offset < block.count {
        let end = min(offset + transfer, block.count)
        let bytes = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: block[offset..<end]))
        // Sums cannot fail.
        try? accounting.accept(bytes, stride: stride, into: &sums)
        offset = end
    }
    precondition(accounting.counters.frames == UInt64(frames) && accounting.counters.isConserved)
    return sums.moments.x.sumOfSquares &+ sums.moments.p.sumOfSquares
}

do {
    try makeFrames()
    if CommandLine.arguments.count > 2, let file = fopen(CommandLine.arguments[2], "w") {
        fwrite(block.baseAddress, 1, block.count, file)
        fclose(file)
    }
    var (ours, copy) = (Double.infinity, Double.infinity)
    var check: Int64 = 0
    // Best of several in turn: these machines are noisy, and both must meet the same noise.
    for _ in 0..<7 {
        copy = min(copy, seconds(copyAll))
        ours = min(ours, seconds { check = receive() })
    }
    let bytes = Double(block.count)
    print(
        """
        {"bytes": \(block.count), "receiveGigabytesPerSecond": \(bytes / ours / 1e9), \
        "memcpyGigabytesPerSecond": \(bytes / copy / 1e9), "ratioToMemcpy": \(copy / ours), "sumOfSquares": \(check)}
        """)
} catch {
    fputs("\(error)\n", stderr)
    exit(1)
}
