public import UnitProtocol

/// What a unit sent in one session, frame by frame, written down as the frames left its FIFO and before anything could
/// happen to them on the way: what a host must have received is compared with this.
public struct SentSession: Sendable {
    /// Consecutive symbols of one kind and content.
    public struct Interval: Sendable, Equatable {
        /// What they are.
        public var kind: SymbolKind
        /// Whose samples.
        public var content: StreamContent
        /// First symbol.
        public var first: UInt64
        /// How many.
        public var count: UInt64
    }

    /// Consecutive symbols that were lost in the unit.
    public struct Loss: Sendable, Equatable {
        /// First symbol.
        public var first: UInt64
        /// How many.
        public var count: UInt64
    }

    /// A frame as it left, with the digest of its samples.
    public struct SentFrame: Sendable, Equatable {
        /// What the symbols are.
        public var kind: SymbolKind
        /// Whose samples.
        public var content: StreamContent
        /// First symbol.
        public var first: UInt64
        /// How many.
        public var count: UInt32
        /// `SampleDigest` of the samples.
        public var digest: UInt64
    }

    /// The session.
    public let session: UInt64
    /// Its purpose.
    public let purpose: SessionPurpose
    /// Sent intervals in order; neighbours of one kind and content are joined.
    public private(set) var intervals: [Interval] = []
    /// Lost intervals in order of their loss.
    public private(set) var losses: [Loss] = []
    /// Stream frames sent, the end frame included.
    public private(set) var frames: UInt64 = 0
    /// Symbols sent with content Measured.
    public private(set) var measuredSymbols: UInt64 = 0
    /// Symbols sent with content Disclosed.
    public private(set) var disclosedSymbols: UInt64 = 0
    /// Symbols lost in the unit.
    public private(set) var droppedSymbols: UInt64 = 0
    /// One past the last symbol, once the end frame has left.
    public private(set) var end: UInt64?
    /// Each frame but the end frame, if the unit was configured to keep digests.
    public private(set) var sentFrames: [SentFrame] = []
    /// Intervals beyond the limit are counted and not listed.
    public private(set) var unlisted: UInt64 = 0

    /// About 30 MB.
    private static let limit = 1_000_000

    /// Whether frames are written down one by one.
    let keepsDigests: Bool

    init(session: UInt64, purpose: SessionPurpose, keepsDigests: Bool = false) {
        self.session = session
        self.purpose = purpose
        self.keepsDigests = keepsDigests
    }

    /// Symbols sent of a kind, with content Measured.
    public func symbols(_ kind: SymbolKind) -> UInt64 {
        intervals.reduce(0) { $1.kind == kind && $1.content == .measured ? $0 + $1.count : $0 }
    }

    mutating func note(_ entry: StreamFIFO.Entry, samples: UnsafeRawBufferPointer) {
        frames += 1
        let count = UInt64(entry.count)
        if entry.kind == .none {
            end = entry.first
            return
        }
        if keepsDigests, sentFrames.count < Self.limit {
            sentFrames.append(
                SentFrame(
                    kind: entry.kind, content: entry.content, first: entry.first, count: entry.count,
                    digest: SampleDigest.of(samples.bytes)))
        }
        if entry.content == .measured { measuredSymbols += count } else { disclosedSymbols += count }
        if let last = intervals.last, last.kind == entry.kind, last.content == entry.content,
            last.first + last.count == entry.first
        {
            intervals[intervals.count - 1].count += count
        } else if intervals.count < Self.limit {
            intervals.append(Interval(kind: entry.kind, content: entry.content, first: entry.first, count: count))
        } else {
            unlisted += 1
        }
    }

    mutating func noteDropped(first: UInt64, count: UInt64) {
        droppedSymbols += count
        if let last = losses.last, last.first + last.count == first {
            losses[losses.count - 1].count += count
        } else if losses.count < Self.limit {
            losses.append(Loss(first: first, count: count))
        } else {
            unlisted += 1
        }
    }
}
