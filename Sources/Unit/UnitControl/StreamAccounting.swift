public import UnitProtocol

/// What a stream has carried so far. For every unit and session: delivered + gaps = index span.
public struct StreamCounters: Sendable, Equatable {
    /// Frames of this session that were accepted, the end frame included.
    public var frames: UInt64 = 0
    /// Bytes of those frames.
    public var bytes: UInt64 = 0
    /// Symbols delivered, guard symbols included (their samples do not exist).
    public var deliveredSymbols: UInt64 = 0
    /// Symbols delivered, by the number of their kind (0…6).
    public var symbolsByKind = InlineArray<8, UInt64>(repeating: 0)
    /// Alice's training symbols that her unit disclosed; they are not delivered again.
    public var disclosedSymbols: UInt64 = 0
    /// Symbols missing between frames, as declared from frame to frame.
    public var gapSymbols: UInt64 = 0
    /// Of these, the ones that nothing explains: no frame number is missing, and the unit reports no loss. A unit whose
    /// firmware is right has none, ever.
    public var undeclaredSymbols: UInt64 = 0
    /// Of the missing symbols, the ones that the unit itself reports as lost (its FIFO was full, or its clock slipped).
    public var unitDroppedSymbols: UInt64 = 0
    /// Number of separate gaps.
    public var gaps: UInt64 = 0
    /// Frames whose bytes are no frame (CRC, header).
    public var corruptFrames: UInt64 = 0
    /// Sound frames whose message contradicts itself or the session's geometry.
    public var malformedFrames: UInt64 = 0
    /// Of these, the ones whose index or loss lies beyond what the time since the start has room for.
    public var runawayFrames: UInt64 = 0
    /// Frames of another session.
    public var staleFrames: UInt64 = 0
    /// Frames that came again, or too late for their place.
    public var repeatedFrames: UInt64 = 0
    /// Sequence numbers that never came.
    public var missingFrames: UInt64 = 0
    /// Frames in which the unit reports an overflow of its FIFO.
    public var overflowFrames: UInt64 = 0
    /// Frames taken without a locked symbol clock.
    public var unlockedFrames: UInt64 = 0
    /// Clipped samples, as counted by the unit.
    public var clippedSamples: UInt64 = 0
    /// One past the last symbol accounted for.
    public var nextSymbol: UInt64 = 0

    /// All zero.
    public init() {}

    /// Symbols of one kind.
    public func symbols(_ kind: SymbolKind) -> UInt64 {
        Int(kind.rawValue) < 8 ? symbolsByKind[Int(kind.rawValue)] : 0
    }

    /// Symbols missing in the whole index span, computed from its ends and not from the gaps: both must agree.
    public var missingSymbols: UInt64 { nextSymbol - min(nextSymbol, deliveredSymbols) }

    /// Missing symbols that the unit or a hole in the frame numbers declares.
    public var declaredGapSymbols: UInt64 { gapSymbols - undeclaredSymbols }

    /// Delivered + declared gaps = index span.
    public var isConserved: Bool { deliveredSymbols + declaredGapSymbols == nextSymbol }

    /// Two counters are equal if all their figures are.
    public static func == (left: Self, right: Self) -> Bool {
        for kind in 0..<8 where left.symbolsByKind[kind] != right.symbolsByKind[kind] { return false }
        return left.frames == right.frames && left.bytes == right.bytes
            && left.deliveredSymbols == right.deliveredSymbols && left.disclosedSymbols == right.disclosedSymbols
            && left.gapSymbols == right.gapSymbols && left.unitDroppedSymbols == right.unitDroppedSymbols
            && left.gaps == right.gaps && left.undeclaredSymbols == right.undeclaredSymbols
            && left.corruptFrames == right.corruptFrames
            && left.malformedFrames == right.malformedFrames && left.runawayFrames == right.runawayFrames
            && left.staleFrames == right.staleFrames
            && left.repeatedFrames == right.repeatedFrames && left.missingFrames == right.missingFrames
            && left.overflowFrames == right.overflowFrames && left.unlockedFrames == right.unlockedFrames
            && left.clippedSamples == right.clippedSamples && left.nextSymbol == right.nextSymbol
    }
}

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
    /// No symbol beyond this index can have been taken yet: an index that runs away is not a loss of all before it.
    public var reach = UInt64.max
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
        guard frame.firstSymbol + UInt64(frame.count) <= reach else {
            counters.malformedFrames += 1
            counters.runawayFrames += 1
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
