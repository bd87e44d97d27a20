import UnitControl
import UnitProtocol

// Bytes of a transfer: as they come, and with every checksum made right, since a fuzzer does not find a CRC by chance and
// what lies behind the CRC must not trust it either.

/// What the account is asked to expect; the seeds are frames of it.
private let session: UInt64 = 42
private let symbolsPerFrame: UInt32 = 200

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: data, count: count)
    // SAFETY: libFuzzer keeps the bytes until this function returns.
    let bytes = RawSpan(_unsafeBytes: input)
    checkHeader(bytes)
    var stride = 1024
    while true {
        checkAccount(bytes, stride: stride)
        var repaired = [UInt8](input)
        repairChecksums(&repaired, stride: stride)
        checkAccount(repaired.span.bytes, stride: stride)
        guard stride < min(count, Frame.maximumStride) else { return 0 }
        stride *= 2
    }
}

/// A header that decodes fits its bytes, and written again reads the same.
private func checkHeader(_ bytes: RawSpan) {
    guard let header = try? Frame.decode(bytes) else { return }
    precondition((Frame.minimumBytes...Frame.maximumBytes).contains(header.length))
    precondition(header.length <= bytes.byteCount, "the frame is longer than its bytes")
    var copy = bytes.extracting(first: header.length).withUnsafeBytes { [UInt8]($0) }
    var elements = copy.mutableSpan
    var raw = elements.mutableBytes
    Frame.seal(header, into: &raw)
    precondition((try? Frame.decode(raw.bytes)) == header, "a sealed header reads otherwise")
}

/// Writes the right CRC into every header that states a possible length.
private func repairChecksums(_ block: inout [UInt8], stride: Int) {
    var elements = block.mutableSpan
    var raw = elements.mutableBytes
    var offset = 0
    while offset < raw.byteCount {
        let end = min(offset + stride, raw.byteCount)
        var frame = raw._mutatingExtracting(offset..<end)
        if let header = try? Frame.peek(frame.bytes), header.length <= frame.byteCount {
            Frame.seal(header, into: &frame)
        }
        offset = end
    }
}

/// Whatever the bytes are: every piece is counted once, every symbol is delivered or declared missing, and what is shown
/// is shown in order.
private func checkAccount(_ block: RawSpan, stride: Int) {
    var accounting = StreamAccounting(session: session, purpose: .test, symbolsPerFrame: symbolsPerFrame)
    var shown: UInt64 = 0
    var shownSymbols: UInt64 = 0
    var next: UInt64 = 0
    accounting.accept(block, stride: stride) { frame, _ in
        precondition(!frame.flags.contains(.endOfSession), "an end frame is shown")
        precondition(frame.count > 0 && frame.count <= symbolsPerFrame, "a frame of impossible length is shown")
        shown += 1
        guard frame.content != .disclosed else { return }
        precondition(frame.firstSymbol >= next, "symbols are shown twice")
        next = frame.firstSymbol + UInt64(frame.count)
        shownSymbols += UInt64(frame.count)
    }
    check(accounting.counters)
    let counters = accounting.counters
    let pieces = UInt64((block.byteCount + stride - 1) / stride)
    let counted =
        counters.frames + counters.corruptFrames + counters.malformedFrames + counters.staleFrames
        + counters.repeatedFrames
    precondition(counted == pieces, "\(pieces) frames came, \(counted) are counted")
    precondition(counters.deliveredSymbols == shownSymbols, "what is delivered is not what is shown")
    precondition(counters.frames == shown + (accounting.hasEnded ? 1 : 0), "an accepted frame is not shown")
    checkCut(block, stride: stride, whole: counters)
    accounting.close(at: counters.nextSymbol &+ 1000, dropped: 0)
    check(accounting.counters)
}

private func check(_ counters: StreamCounters) {
    precondition(counters.isConserved, "delivered + gaps is not the index span")
    precondition(counters.missingSymbols == counters.gapSymbols, "the gaps are not what is missing")
    var symbols: UInt64 = 0
    for kind in counters.symbolsByKind.indices { symbols += counters.symbolsByKind[kind] }
    precondition(symbols == counters.deliveredSymbols, "the kinds do not add up to what is delivered")
}

/// How a transport cuts the frames into blocks makes no difference.
private func checkCut(_ block: RawSpan, stride: Int, whole: StreamCounters) {
    guard block.byteCount > stride else { return }
    var accounting = StreamAccounting(session: session, purpose: .test, symbolsPerFrame: symbolsPerFrame)
    let cut = block.byteCount / stride / 2 * stride
    accounting.accept(block.extracting(0..<cut), stride: stride) { _, _ in }
    accounting.accept(block.extracting(cut..<block.byteCount), stride: stride) { _, _ in }
    precondition(accounting.counters == whole, "the account depends on the size of the blocks")
}
