import StreamChecks
import UnitProtocol

// A unit that sends sound frames of nonsense. The input is a list of records of eight bytes, each of which describes a
// frame; a record of zeros is the frame that should come next, so that every other byte is one thing that is wrong.

private let stride = 1024
private let recordBytes = 8
private let maximumFrames = 16

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: data, count: count)
    let frames = min(count / recordBytes, maximumFrames)
    var block = [UInt8](repeating: 0, count: frames * stride)
    var elements = block.mutableSpan
    var raw = elements.mutableBytes
    var unit = Unit()
    for index in 0..<frames {
        let record = UnsafeRawBufferPointer(rebasing: input[index * recordBytes..<(index + 1) * recordBytes])
        var frame = raw._mutatingExtracting(index * stride..<(index + 1) * stride)
        unit.write(record, into: &frame)
    }
    for format in [SampleFormat.xp16, .x16, .x16Basis] { checkAccount(raw.bytes, stride: stride, format: format) }
    return 0
}

/// What a unit would count, and the ways to count wrongly.
private struct Unit {
    var nextSymbol: UInt64 = 0
    var number: UInt32 = 0
    var dropped: UInt64 = 0

    mutating func write(_ record: UnsafeRawBufferPointer, into bytes: inout MutableRawSpan) {
        let kind = SymbolKind(rawValue: record[0] & 7 ^ SymbolKind.signal.rawValue)
        let format = SampleFormat(rawValue: record[0] >> 3 & 7 ^ SampleFormat.xp16.rawValue)
        let content = StreamContent(rawValue: record[0] >> 6 ^ StreamContent.measured.rawValue)
        let symbols = UInt32(record[2] ^ 8)
        Self.move(&nextSymbol, by: record[3], farthest: .max - UInt64(symbols))
        Self.move(&number, by: record[4], farthest: .max)
        Self.move(&dropped, by: record[5], farthest: .max)
        let oddities = record[7]
        let message = StreamFrame(
            firstSymbol: nextSymbol, droppedSymbols: dropped, deviceTime: 0, localOscillatorPower: 0,
            count: symbols, clippedSamples: symbols, kind: kind, format: format, content: content,
            purpose: oddities & 1 == 0 ? Expected.purpose : .key, flags: StreamFlags(rawValue: UInt16(record[1])))
        let room = bytes._mutatingExtracting(Frame.headerBytes..<bytes.byteCount)
        var writer = MessageWriter(room)
        guard (try? writer.write(message)) != nil else { preconditionFailure("a stream frame has no room") }
        let samples = Self.sampleBytes(format, Int(symbols)) + Int(Int8(bitPattern: record[6]))
        let length = Frame.headerBytes + MessageHeader.length + StreamFrame.blockLength + max(samples, 0)
        Frame.seal(
            FrameHeader(
                channel: oddities & 2 == 0 ? .stream : .event, length: min(length, bytes.byteCount), number: number,
                session: oddities & 4 == 0 ? Expected.session : 41), into: &bytes)
        if oddities & 8 == 0 {
            nextSymbol &+= UInt64(symbols)
            number &+= 1
        }
    }

    /// A little forwards or backwards, or to the far end, where an account overflows.
    private static func move<Count: FixedWidthInteger>(_ count: inout Count, by step: UInt8, farthest: Count) {
        let step = Int8(bitPattern: step)
        count = step == .min ? farthest : count &+ Count(truncatingIfNeeded: step)
    }

    private static func sampleBytes(_ format: SampleFormat, _ symbols: Int) -> Int {
        switch format {
        case .x16: 2 * symbols
        case .xp16: 4 * symbols
        case .x16Basis: 2 * symbols + (symbols + 7) / 8
        default: 0
        }
    }
}
