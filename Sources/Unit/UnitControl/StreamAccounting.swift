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
    /// No symbol beyond this index can have been taken yet: an index that runs away is not a loss of all before it.
    public var reach = UInt64.max
    /// The account.
    public private(set) var counters = StreamCounters()
    /// Whether the end frame has come.
    public private(set) var hasEnded = false
    private var nextNumber: UInt32 = 0
    /// Frames that are missing since the last measured one.
    private var hole: UInt64 = 0
    /// Frames of this session that were refused since then.
    private var refused: UInt64 = 0
    /// Frames of another session since the last number that counted: they may stand in this session's numbers.
    private var strangers: UInt64 = 0
    private var lastDropped: UInt64 = 0
    /// Number of the end frame and what it declares as lost; nil until it has come.
    private(set) var end: (number: UInt32, dropped: UInt64)?

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
            counters.refusals.add(.otherSession)
            strangers += 1
            return
        }
        let body = bytes.extracting(Frame.headerBytes..<header.length)
        guard let message = try? MessageReader(body), let frame = try? message.block(as: StreamFrame.self) else {
            refuse(.unreadable, number: header.number)
            return
        }
        let samples = body.extracting(MessageHeader.length + Int(message.header.blockLength)..<body.byteCount)
        // Samples are read in place as 16-bit words: a block of any other length would put them on odd addresses.
        let isAligned = message.header.blockLength % 8 == 0
        if let reason = isAligned ? refusal(of: frame, sampleBytes: samples.byteCount) : .unreadable {
            refuse(reason, number: header.number)
            return
        }
        guard frame.firstSymbol + UInt64(frame.count) <= reach else {
            refuse(.runaway, number: header.number)
            return
        }
        guard !hasEnded, isNew(header.number) else {
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
            refuse(.indexBehind, number: header.number)
            return
        }
        countFrame(number: header.number, length: header.length)
        let gap = declareGap(before: frame)
        if frame.flags.contains(.endOfSession) {
            hasEnded = true
            counters.ending = .endFrame
            end = (header.number, frame.droppedSymbols)
        }
        if let gap { try consumer.lost(gap) }
        counters.deliveredSymbols += UInt64(frame.count)
        counters.nextSymbol = frame.firstSymbol + UInt64(frame.count)
        counters.symbolsByKind[Int(frame.kind.rawValue)] += UInt64(frame.count)
        counters.clippedSamples += UInt64(frame.clippedSamples)
        if frame.flags.contains(.overflow) { counters.overflowFrames += 1 }
        if frame.flags.contains(.clockUnlocked) { counters.unlockedFrames += 1 }
        if !hasEnded { try consumer.receive(frame, samples) }
    }

    private func isNew(_ number: UInt32) -> Bool { number &- nextNumber < 1 << 31 }

    /// A frame of this session came whole and is not taken: its number is there, its symbols are not.
    private mutating func refuse(_ reason: FrameRefusal, number: UInt32) {
        counters.malformedFrames += 1
        counters.refusals.add(reason)
        guard !hasEnded, isNew(number) else { return }
        pass(number)
        refused += 1
    }

    private mutating func countFrame(number: UInt32, length: Int) {
        pass(number)
        counters.frames += 1
        counters.bytes += UInt64(length)
    }

    /// The numbers up to this one are over. Strangers may stand for some of them; the others are missing.
    private mutating func pass(_ number: UInt32) {
        let skipped = UInt64(number &- nextNumber)
        let stoodFor = min(skipped, strangers)
        refused += stoodFor
        hole += skipped - stoodFor
        counters.missingFrames += skipped - stoodFor
        strangers = 0
        nextNumber = number &+ 1
    }

    private mutating func declareGap(before frame: StreamFrame) -> StreamGap? {
        gap(upTo: frame.firstSymbol, dropped: frame.droppedSymbols)
    }

    /// Explains what is missing up to a symbol: by what the unit dropped, else by frames that were refused, else by frames
    /// that never came. None of them can have carried more than its slots.
    private mutating func gap(upTo end: UInt64, dropped total: UInt64, explainsAll: Bool = false) -> StreamGap? {
        defer { (hole, refused) = (0, 0) }
        let missing = end - counters.nextSymbol
        var dropped: UInt64 = 0
        if total >= lastDropped, total - lastDropped <= missing {
            dropped = total - lastDropped
            counters.unitDroppedSymbols += dropped
            lastDropped = total
        } else {
            counters.contradictedFrames += 1
        }
        guard missing > 0 else { return nil }
        let inRefused = capacity(of: refused, atMost: missing - dropped)
        let inMissing =
            explainsAll ? missing - dropped - inRefused : capacity(of: hole, atMost: missing - dropped - inRefused)
        let gap = StreamGap(
            first: counters.nextSymbol, count: missing, undeclared: missing - dropped - inRefused - inMissing,
            refused: inRefused)
        counters.undeclaredSymbols += gap.undeclared
        counters.refusedSymbols += gap.refused
        counters.gapSymbols += missing
        counters.gaps += 1
        counters.nextSymbol = end
        return gap
    }

    /// Symbols that so many frames can have carried.
    private func capacity(of frames: UInt64, atMost limit: UInt64) -> UInt64 {
        let (symbols, isBeyond) = frames.multipliedReportingOverflow(by: UInt64(symbolsPerFrame))
        return isBeyond ? limit : min(limit, symbols)
    }

    /// Ends the account at the unit's final count: what did not come by then is a gap, which is returned. `frames` is how
    /// many the unit sent; without it everything that nothing else explains was in frames that never came.
    @discardableResult public mutating func close(
        at nextSymbol: UInt64, dropped: UInt64, frames: UInt64? = nil
    ) -> StreamGap? {
        guard !hasEnded else { return nil }
        hasEnded = true
        counters.ending = .unitCount
        guard nextSymbol >= counters.nextSymbol else { return nil }
        if let frames {
            // The number after its last; a count that is behind what came says nothing.
            let next = UInt32(truncatingIfNeeded: frames)
            if isNew(next) { pass(next) }
        } else {
            refused += strangers
        }
        return gap(upTo: nextSymbol, dropped: dropped, explainsAll: frames == nil)
    }

    /// Why a sound frame makes no sense in this session; nil if it does. A unit that contradicts itself must not reach the
    /// analysis.
    private func refusal(of frame: StreamFrame, sampleBytes: Int) -> FrameRefusal? {
        let count = Int(frame.count)
        if frame.purpose != purpose { return .otherPurpose }
        if frame.count > symbolsPerFrame { return .tooManySymbols }
        if frame.kind.rawValue > 6 { return .unknownKind }
        if frame.firstSymbol > UInt64.max - UInt64(frame.count) { return .beyondIndices }
        if frame.flags.contains(.endOfSession) {
            guard frame.kind == .none, count == 0 else { return .endWithSymbols }
            return frame.clippedSamples == 0 ? nil : .tooManyClips
        }
        guard frame.kind != .none, count > 0 else { return .noSymbols }
        let expected: SampleFormat
        switch frame.content {
        case .measured: expected = frame.kind == .guard ? .none : sampleFormat
        case .disclosed where frame.kind == .training: expected = .xp16
        default: return .wrongContent
        }
        guard frame.format == expected else { return .wrongFormat }
        let (values, basis): (Int, Int)
        switch frame.format {
        case .none: (values, basis) = (0, 0)
        case .x16: (values, basis) = (count, 0)
        case .xp16: (values, basis) = (2 * count, 0)
        case .x16Basis: (values, basis) = (count, (count + 7) / 8)
        default: return .wrongFormat
        }
        guard sampleBytes == 2 * values + basis else { return .wrongLength }
        // What was disclosed is not measured, and has nothing that could be clipped.
        return frame.clippedSamples <= (frame.content == .measured ? values : 0) ? nil : .tooManyClips
    }
}
