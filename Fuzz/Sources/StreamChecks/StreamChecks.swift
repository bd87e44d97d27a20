import UnitControl
public import UnitProtocol

/// What the account is asked to expect; the seeds are frames of it.
public enum Expected {
    /// Number of the session.
    public static let session: UInt64 = 42
    /// Its purpose.
    public static let purpose = SessionPurpose.test
    /// Symbols of a slot.
    public static let symbolsPerFrame: UInt32 = 200
}

/// Whatever the bytes are: every piece is counted once, every symbol is delivered or missing, and what is shown is shown
/// in order.
public func checkAccount(_ block: RawSpan, stride: Int, format: SampleFormat) {
    var accounting = account(format)
    var shown: UInt64 = 0
    var shownSymbols: UInt64 = 0
    var next: UInt64 = 0
    accounting.accept(block, stride: stride) { frame, _ in
        precondition(!frame.flags.contains(.endOfSession), "an end frame is shown")
        precondition(
            frame.count > 0 && frame.count <= Expected.symbolsPerFrame, "a frame of impossible length is shown")
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
    checkCut(block, stride: stride, format: format, whole: counters)
    accounting.close(at: counters.nextSymbol &+ 1000, dropped: 0)
    check(accounting.counters)
}

private func account(_ format: SampleFormat) -> StreamAccounting {
    StreamAccounting(
        session: Expected.session, purpose: Expected.purpose, symbolsPerFrame: Expected.symbolsPerFrame,
        sampleFormat: format)
}

private func check(_ counters: StreamCounters) {
    precondition(
        counters.deliveredSymbols + counters.gapSymbols == counters.nextSymbol,
        "delivered + gaps is not the index span")
    precondition(counters.missingSymbols == counters.gapSymbols, "the gaps are not what is missing")
    precondition(
        counters.undeclaredSymbols + counters.refusedSymbols <= counters.gapSymbols,
        "more is undeclared and refused than missing")
    precondition(
        counters.isConserved == (counters.undeclaredSymbols == 0 && counters.contradictedFrames == 0),
        "an undeclared gap passes for a declared one")
    precondition(
        counters.refusals.figures.reduce(0, +) == counters.malformedFrames + counters.staleFrames,
        "the reasons are not as many as the frames that were refused")
    var symbols: UInt64 = 0
    for kind in counters.symbolsByKind.indices { symbols += counters.symbolsByKind[kind] }
    precondition(symbols == counters.deliveredSymbols, "the kinds do not add up to what is delivered")
}

/// How a transport cuts the frames into blocks makes no difference.
private func checkCut(_ block: RawSpan, stride: Int, format: SampleFormat, whole: StreamCounters) {
    guard block.byteCount > stride else { return }
    var accounting = account(format)
    let cut = block.byteCount / stride / 2 * stride
    accounting.accept(block.extracting(0..<cut), stride: stride) { _, _ in }
    accounting.accept(block.extracting(cut..<block.byteCount), stride: stride) { _, _ in }
    precondition(accounting.counters == whole, "the account depends on the size of the blocks")
}
