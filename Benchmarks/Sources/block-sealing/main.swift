// How fast one core makes sealed blocks of stream frames that lie in memory: a tenth vacuum, a tenth training, the rest
// signal. Against libcrypto's AES-256-GCM in place over as many bytes as the blocks hold. Writes one JSON line.
//
//   block-sealing [MEBIBYTES]

import CBareSealing
import Glibc
import QuadratureAnalysis
import RawKey
import UnitControl
import UnitProtocol

let mebibytes = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 128 : 128
let stride = 16_384
let frames = mebibytes * 1_048_576 / stride
let symbols = (stride - 96) / 32 * 8
let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: frames * stride, alignment: 4096)
let header = [UInt8](repeating: 0x5A, count: 1024)

/// Seals each block as soon as it is whole, and lets it go.
struct Sealing: BlockSink {
    final class Count {
        var blocks = 0
        var bytes = 0
        var tags: UInt8 = 0
    }
    let cipher: BlockCipher
    let keys: SecretPool
    let count: Count

    mutating func close(_ block: consuming ClosedBlock) throws(RawKeyError) {
        guard let key = try BlockKey.random(in: keys) else { return }
        let tag = try cipher.seal(&block.samples, header: header.span.bytes, key: key)
        count.blocks += 1
        count.bytes += block.samples.count
        count.tags ^= tag.bytes[0]
    }

    mutating func skip(_ cells: ClosedRange<UInt64>, because cause: GapCause) {
        fatalError("frames in memory have no gaps")
    }
}

func makeFrames() throws {
    var seed: UInt64 = 1
    for number in 0..<frames {
        let kind: SymbolKind = number % 10 == 3 ? .vacuum : number % 10 == 7 ? .training : .signal
        let message = StreamFrame(
            firstSymbol: UInt64(number * symbols), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01,
            count: UInt32(symbols), clippedSamples: 0, kind: kind, format: .xp16, content: .measured,
            purpose: .key, flags: [])
        var builder = MessageBuilder([UInt8](repeating: 0, count: 32))
        try builder.write(message)
        let frame = UnsafeMutableRawBufferPointer(rebasing: memory[number * stride..<(number + 1) * stride])
        frame.initializeMemory(as: UInt8.self, repeating: 0)
        frame.copyBytes(from: builder.bytes)
        let samples = UnsafeMutableRawBufferPointer(rebasing: frame[96..<96 + 4 * symbols]).bindMemory(to: Int16.self)
        for index in 0..<2 * symbols {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            samples[index] = Int16(truncatingIfNeeded: (seed >> 33) & 1023) - 512
        }
        var bytes = frame.mutableBytes
        Frame.seal(
            FrameHeader(channel: .stream, length: 96 + 4 * symbols, number: UInt32(number), session: 1), into: &bytes)
    }
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    var (start, end) = (timespec(), timespec())
    clock_gettime(CLOCK_MONOTONIC, &start)
    try body()
    clock_gettime(CLOCK_MONOTONIC, &end)
    return Double(end.tv_sec - start.tv_sec) + 1e-9 * Double(end.tv_nsec - start.tv_nsec)
}

let grid = try BlockGrid(
    symbolsPerCell: BlockGrid.largestCell(symbolsPerSlot: UInt32(symbols)), symbolsPerSlot: UInt32(symbols), offset: 0)
let pool = try SecretPool(buffers: 3, bytes: BlockAssembler<Sealing>.bufferBytes(of: grid, format: .xp16))
let keys = try BlockKey.pool(2)
let cipher = try BlockCipher()

/// With the account of the stream, as a session has it, or with the frames as they are.
func assemble(checks: Bool) throws -> Sealing.Count {
    let count = Sealing.Count()
    var assembler = BlockAssembler(
        grid: grid, from: 0, format: .xp16, pool: pool, limits: ClipLimits(low: -8191, high: 8191),
        sink: Sealing(cipher: cipher, keys: keys, count: count))
    if checks {
        var accounting = StreamAccounting(
            session: 1, purpose: .key, symbolsPerFrame: UInt32(symbols), sampleFormat: .xp16)
        try accounting.accept(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory)), stride: stride, into: &assembler)
        precondition(accounting.counters.isConserved)
    } else {
        for number in 0..<frames {
            let bytes = RawSpan(
                _unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[number * stride + 32..<(number + 1) * stride]))
            let frame = try MessageReader(bytes).block(as: StreamFrame.self)
            try assembler.receive(frame, bytes.extracting(64..<64 + 4 * symbols))
        }
    }
    return count
}

try makeFrames()
var made = Sealing.Count()
var (sealing, checking, bare) = (Double.infinity, Double.infinity, Double.infinity)
let piece = Int(grid.symbolsPerCell) * 4 * 9 / 10
let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count, alignment: 4096)
plain.initializeMemory(as: UInt8.self, repeating: 1)
// Best of several in turn: these machines are noisy, and all must meet the same noise.
for _ in 0..<7 {
    sealing = try min(sealing, seconds { made = try assemble(checks: false) })
    checking = try min(checking, seconds { made = try assemble(checks: true) })
    bare = min(
        bare,
        seconds {
            let start = plain.baseAddress?.assumingMemoryBound(to: UInt8.self)
            precondition(bare_seal(start, made.bytes, piece) == 1)
        })
}
let bytes = Double(made.bytes)
print(
    """
    {"blocks": \(made.blocks), "sealedBytes": \(made.bytes), "assembleAndSealGigabytesPerSecond": \(bytes / sealing / 1e9), \
    "receiveAssembleAndSealGigabytesPerSecond": \(bytes / checking / 1e9), \
    "bareCipherGigabytesPerSecond": \(bytes / bare / 1e9), "ratioToBareCipher": \(bare / sealing), \
    "ratioWithReceiving": \(bare / checking)}
    """)
