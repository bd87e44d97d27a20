internal import QuadratureAnalysis
internal import UnitProtocol

/// A cell that is being filled.
struct OpenBlock: ~Copyable {
    let cell: UInt64
    private let symbolsPerCell: Int
    private let format: SampleFormat
    private let limits: ClipLimits
    private var kinds = KindTable()
    private var unlit: [UnlitRun] = []
    private var clippedSamples: UInt64 = 0
    private var doubtfulFrames: UInt64 = 0
    private var buffer: SecretBuffer
    /// Symbols whose samples are kept.
    private var kept = 0

    init(
        cell: UInt64, symbolsPerCell: Int, format: SampleFormat, limits: ClipLimits, buffer: consuming SecretBuffer
    ) {
        self.cell = cell
        self.symbolsPerCell = symbolsPerCell
        self.format = format
        self.limits = limits
        self.buffer = buffer
    }

    /// Bytes of the samples and bits of a cell.
    static func bytes(symbols: UInt64, format: SampleFormat) -> Int {
        switch format {
        case .x16Basis: 2 * Int(symbols) + (Int(symbols) + 7) / 8
        case .xp16: 4 * Int(symbols)
        default: 2 * Int(symbols)
        }
    }

    /// Adds symbols `part` of a frame, counted from its first one.
    ///
    /// - Parameter isEdge: they are signal or training of another slot than the frame says: no sample of them is kept.
    mutating func add(_ frame: StreamFrame, _ samples: RawSpan, part: Range<Int>, isEdge: Bool = false) {
        let first = UInt32(kinds.symbols)
        kinds.append(isEdge ? .guard : frame.kind, count: UInt32(part.count))
        clippedSamples += UInt64(frame.clippedSamples)
        if frame.flags.contains(.clockUnlocked) || frame.flags.contains(.overflow) { doubtfulFrames += 1 }
        switch frame.kind {
        case .signal where isEdge, .training where isEdge: break
        case .signal, .training: keep(samples, of: Int(frame.count), part: part)
        case .vacuum, .dark: sum(frame, samples, part: part, first: first)
        default: break
        }
    }

    /// The block, if all its symbols are there.
    consuming func closed() -> ClosedBlock {
        if format == .x16Basis {
            // The bits were gathered behind the room for all samples.
            let (samples, bits, room) = (2 * kept, (kept + 7) / 8, 2 * symbolsPerCell)
            buffer.withAll { bytes in
                // SAFETY: both lie within the buffer, and memmove allows that they overlap.
                bytes.baseAddress.map { ($0 + samples).copyMemory(from: $0 + room, byteCount: bits) }
            }
            buffer.setCount(samples + bits)
        }
        return ClosedBlock(
            cell: cell, kinds: kinds, unlit: unlit, format: format, clippedSamples: clippedSamples,
            doubtfulFrames: doubtfulFrames, samples: buffer)
    }

    private var bytesPerSymbol: Int { format == .xp16 ? 4 : 2 }

    private mutating func keep(_ samples: RawSpan, of count: Int, part: Range<Int>) {
        let size = bytesPerSymbol
        buffer.append(samples.extracting(part.lowerBound * size..<part.upperBound * size))
        if format == .x16Basis {
            let bits = samples.extracting(2 * count..<samples.byteCount)
            let (room, at) = (2 * symbolsPerCell, kept)
            buffer.withAll { bytes in
                let plane = UnsafeMutableRawBufferPointer(rebasing: bytes[room...])
                bits.withUnsafeBytes { BitPlane.append($0, part, to: plane, at: at) }
            }
        }
        kept += part.count
    }

    private mutating func sum(_ frame: StreamFrame, _ samples: RawSpan, part: Range<Int>, first: UInt32) {
        let size = bytesPerSymbol
        let own = samples.extracting(part.lowerBound * size..<part.upperBound * size)
        own.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that the samples are there, and on even addresses.
            let words = bytes.bindMemory(to: Int16.self)
            let isPair = format == .xp16
            unlit.append(
                UnlitRun(
                    first: first, symbols: UInt32(part.count), isDark: frame.kind == .dark,
                    localOscillatorPower: frame.localOscillatorPower,
                    x: PowerSums(words.span, start: 0, stride: isPair ? 2 : 1, limits: limits),
                    p: isPair ? PowerSums(words.span, start: 1, stride: 2, limits: limits) : nil))
        }
    }
}

/// Bits that lie eight to a byte, the first in the lowest.
enum BitPlane {
    /// Copies bits `part` of `source` behind the first `count` bits of `target`. Bits of the last byte that are not in use
    /// become 0.
    static func append(
        _ source: UnsafeRawBufferPointer, _ part: Range<Int>, to target: UnsafeMutableRawBufferPointer, at count: Int
    ) {
        var (from, to, left) = (part.lowerBound, count, part.count)
        while left > 0 {
            // As many as both bytes have left.
            let bits = min(left, 8 - from % 8, 8 - to % 8)
            let taken = source[from / 8] >> UInt8(from % 8) & UInt8(truncatingIfNeeded: (1 << bits) - 1)
            let kept = to % 8 == 0 ? 0 : target[to / 8]
            target[to / 8] = kept | taken << UInt8(to % 8)
            (from, to, left) = (from + bits, to + bits, left - bits)
        }
    }
}
