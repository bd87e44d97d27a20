public import UnitProtocol

/// Checks the frames of one session in place and keeps the account of its symbols. Pure: bytes in, frames and counters
/// out; nothing is allocated.
public struct StreamAccounting: Sendable {
    /// Session whose frames count.
    public let session: UInt64
    /// Purpose that each frame has to echo.
    public let purpose: SessionPurpose
    /// Symbols of a slot: the most that a frame may carry.
    public let symbolsPerFrame: UInt32
    /// Format that measured samples have to have.
    public let sampleFormat: SampleFormat
    /// The account.
    public private(set) var counters = StreamCounters()
    /// Whether the end frame has come.
    public private(set) var hasEnded = false
    private var nextNumber: UInt32 = 0
    /// Frames are missing since the last measured one.
    private var hasHole = false
    private var lastDropped: UInt64 = 0

    /// Nothing received yet.
    public init(session: UInt64, purpose: SessionPurpose, symbolsPerFrame: UInt32, sampleFormat: SampleFormat) {
        self.sampleFormat = sampleFormat
        self.session = session
        self.purpose = purpose
        self.symbolsPerFrame = symbolsPerFrame
    }

    /// Takes the frames of a transfer, which lie `stride` bytes apart, and shows the good ones, and what is missing between
    /// them, to `consumer`, in order, in place. End frames are not shown.
    ///
    /// A consumer that throws ends the work on this transfer: the account then ends with the frame that it refused, or with
    /// the gap.
    public mutating func accept<Consumer: StreamConsumer>(
        _ transfer: RawSpan, stride: Int, into consumer: inout Consumer
    ) throws(ConsumerFailure) {
        var offset = 0
        while offset < transfer.byteCount {
            let end = min(offset + stride, transfer.byteCount)
            try accept(frame: transfer.extracting(offset..<end), into: &consumer)
            offset = end
        }
    }

    /// The same for a closure.
    public mutating func accept(
        _ transfer: RawSpan, stride: Int, visit: @escaping (StreamFrame, RawSpan) -> Void
    ) {
        var visitor = FrameVisitor(visit)
        // A visitor cannot fail.
        try? accept(transfer, stride: stride, into: &visitor)
    }

    private mutating func accept<Consumer: StreamConsumer>(
        frame bytes: RawSpan, into consumer: inout Consumer
    ) throws(ConsumerFailure) {
        let header: FrameHeader
        do {
            header = try Frame.decode(bytes)
        } catch {
            counters.corruptFrames += 1
            return
        }
        guard header.session == session, header.channel == .stream else {
            counters.staleFrames += 1
            return
        }
        let body = bytes.extracting(Frame.headerBytes..<header.length)
        guard let message = try? MessageReader(body), let frame = try? message.block(as: StreamFrame.self) else {
            counters.malformedFrames += 1
            return
        }
        let samples = body.extracting(MessageHeader.length + Int(message.header.blockLength)..<body.byteCount)
        // Samples are read in place as 16-bit words: a block of any other length would put them on odd addresses.
        guard message.header.blockLength % 8 == 0, isPlausible(frame, sampleBytes: samples.byteCount) else {
            counters.malformedFrames += 1
            return
        }
        guard !hasEnded, header.number &- nextNumber < 1 << 31 else {
            counters.repeatedFrames += 1
            return
        }
        // An end frame has no content: whatever it says there, it is the end.
        if frame.content == .disclosed && !frame.flags.contains(.endOfSession) {
            countFrame(number: header.number, length: header.length)
            counters.disclosedSymbols += UInt64(frame.count)
            try consumer.receive(frame, samples)
            return
        }
        guard frame.firstSymbol >= counters.nextSymbol else {
            counters.repeatedFrames += 1
            return
        }
        countFrame(number: header.number, length: header.length)
        let gap = declareGap(before: frame)
        if frame.flags.contains(.endOfSession) { hasEnded = true }
        if let gap { try consumer.lost(gap) }
        counters.deliveredSymbols += UInt64(frame.count)
        counters.nextSymbol = frame.firstSymbol + UInt64(frame.count)
        counters.symbolsByKind[Int(frame.kind.rawValue)] += UInt64(frame.count)
        counters.clippedSamples += UInt64(frame.clippedSamples)
        if frame.flags.contains(.overflow) { counters.overflowFrames += 1 }
        if frame.flags.contains(.clockUnlocked) { counters.unlockedFrames += 1 }
        if !hasEnded { try consumer.receive(frame, samples) }
    }

    private mutating func countFrame(number: UInt32, length: Int) {
        counters.missingFrames += UInt64(number &- nextNumber)
        if number != nextNumber { hasHole = true }
        nextNumber = number &+ 1
        counters.frames += 1
        counters.bytes += UInt64(length)
    }

    private mutating func declareGap(before frame: StreamFrame) -> StreamGap? {
        defer { hasHole = false }
        let missing = frame.firstSymbol - counters.nextSymbol
        let dropped = frame.droppedSymbols - min(frame.droppedSymbols, lastDropped)
        counters.unitDroppedSymbols += dropped
        lastDropped += dropped
        guard missing > 0 else { return nil }
        let undeclared = hasHole || dropped >= missing ? 0 : missing - dropped
        counters.undeclaredSymbols += undeclared
        counters.gapSymbols += missing
        counters.gaps += 1
        defer { counters.nextSymbol = frame.firstSymbol }
        return StreamGap(first: counters.nextSymbol, count: missing, undeclared: undeclared)
    }

    /// Ends the account at the unit's final count: what did not come by then is a declared gap, which is returned.
    @discardableResult public mutating func close(at nextSymbol: UInt64, dropped: UInt64) -> StreamGap? {
        guard !hasEnded else { return nil }
        hasEnded = true
        if dropped > lastDropped {
            counters.unitDroppedSymbols += dropped - lastDropped
            lastDropped = dropped
        }
        guard nextSymbol > counters.nextSymbol else { return nil }
        let gap = StreamGap(first: counters.nextSymbol, count: nextSymbol - counters.nextSymbol)
        counters.gapSymbols += gap.count
        counters.gaps += 1
        counters.nextSymbol = nextSymbol
        return gap
    }

    /// Whether a sound frame makes sense in this session. A unit that contradicts itself must not reach the analysis.
    private func isPlausible(_ frame: StreamFrame, sampleBytes: Int) -> Bool {
        let count = Int(frame.count)
        guard frame.purpose == purpose, frame.count <= symbolsPerFrame, frame.kind.rawValue <= 6,
            frame.firstSymbol <= UInt64.max - UInt64(frame.count)
        else { return false }
        if frame.flags.contains(.endOfSession) { return frame.kind == .none && count == 0 }
        guard frame.kind != .none, count > 0 else { return false }
        let expected: SampleFormat
        switch frame.content {
        case .measured: expected = frame.kind == .guard ? .none : sampleFormat
        case .disclosed where frame.kind == .training: expected = .xp16
        default: return false
        }
        guard frame.format == expected else { return false }
        switch frame.format {
        case .none: return sampleBytes == 0
        case .x16: return sampleBytes == 2 * count
        case .xp16: return sampleBytes == 4 * count
        case .x16Basis: return sampleBytes == 2 * count + (count + 7) / 8
        default: return false
        }
    }
}
