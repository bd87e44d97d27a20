public import UnitControl
internal import UnitProtocol

/// A stream's account. Delivered symbols and gaps are the index span; of the gaps, a part is declared, a part was refused,
/// and the rest nothing explains.
public struct CountersDocument: Codable, Sendable, Hashable {
    /// Frames of the session that were accepted, the end frame included.
    public var frames: UInt64
    /// Bytes of those frames.
    public var bytes: UInt64
    /// Symbols delivered, guard symbols included.
    public var deliveredSymbols: UInt64
    /// The same by kind; kinds that carry none are there with 0.
    public var symbolsByKind: [String: UInt64]
    /// Alice's training symbols that her unit disclosed.
    public var disclosedSymbols: UInt64
    /// Symbols that did not come.
    public var gapSymbols: UInt64
    /// Of these, the ones that the unit declares or that missing frames explain.
    public var declaredGapSymbols: UInt64
    /// Of these, the ones in frames that came and were refused.
    public var refusedSymbols: UInt64
    /// Of these, the ones that the unit itself reports as lost.
    public var unitDroppedSymbols: UInt64
    /// Separate gaps.
    public var gaps: UInt64
    /// Frames whose bytes are no frame.
    public var corruptFrames: UInt64
    /// Frames whose message contradicts itself or the session.
    public var malformedFrames: UInt64
    /// Frames of another session.
    public var staleFrames: UInt64
    /// Both kinds, by the reason; reasons that did not occur are not there.
    public var refusals: [String: UInt64]
    /// The reason of the first of them; absent if there is none.
    public var firstRefusal: String?
    /// Frames whose count of lost symbols contradicts their indices.
    public var contradictedFrames: UInt64
    /// Frames that came again, or too late.
    public var repeatedFrames: UInt64
    /// Sequence numbers that never came.
    public var missingFrames: UInt64
    /// Frames in which the unit reports an overflow.
    public var overflowFrames: UInt64
    /// Frames without a locked symbol clock.
    public var unlockedFrames: UInt64
    /// As counted by the unit.
    public var clippedSamples: UInt64
    /// One past the last symbol accounted for.
    public var endSymbol: UInt64
    /// How its end is known: `open`, `endFrame`, `unitCount` if the end frame did not come and the unit's answer names the end,
    /// `unknown` if neither came.
    public var ending: String
    /// Whether every symbol is accounted for: not if nobody knows where the stream ended.
    public var conserved: Bool

    /// The document of an account.
    public init(_ counters: StreamCounters) {
        frames = counters.frames
        bytes = counters.bytes
        deliveredSymbols = counters.deliveredSymbols
        symbolsByKind = Self.kinds(counters)
        disclosedSymbols = counters.disclosedSymbols
        gapSymbols = counters.missingSymbols
        declaredGapSymbols = counters.declaredGapSymbols
        refusedSymbols = counters.refusedSymbols
        unitDroppedSymbols = counters.unitDroppedSymbols
        gaps = counters.gaps
        corruptFrames = counters.corruptFrames
        malformedFrames = counters.malformedFrames
        staleFrames = counters.staleFrames
        refusals = Dictionary(counters.refusals.occurred.map { ($0.reason.name, $0.frames) }) { one, _ in one }
        firstRefusal = counters.refusals.first?.name
        contradictedFrames = counters.contradictedFrames
        repeatedFrames = counters.repeatedFrames
        missingFrames = counters.missingFrames
        overflowFrames = counters.overflowFrames
        unlockedFrames = counters.unlockedFrames
        clippedSamples = counters.clippedSamples
        endSymbol = counters.nextSymbol
        ending = counters.ending.name
        conserved = counters.isConserved && counters.ending != .unknown
    }

    /// Symbols by the name of their kind; kinds that carry none are there with 0.
    public static func kinds(_ counters: StreamCounters) -> [String: UInt64] {
        var kinds: [String: UInt64] = [:]
        for kind in SymbolKind.known where kind != .none {
            kinds[kind.description.lowercased()] = counters.symbols(kind)
        }
        return kinds
    }
}
