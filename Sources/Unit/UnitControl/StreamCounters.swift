public import UnitProtocol

/// How a host knows where a stream ended.
public enum StreamEnding: UInt8, Sendable, Hashable, CaseIterable {
    /// It has not ended yet.
    case open
    /// Its end frame came.
    case endFrame
    /// No end frame came; the unit's answer to StopStream names the end.
    case unitCount
    /// Neither came: whether anything was lost behind the last frame, and how much, nobody can say.
    case unknown

    /// For programs.
    public var name: String { "\(self)" }
}

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
    /// Of these, the ones that nothing explains: no frame was refused, the frames that are missing cannot have carried so
    /// many, and the unit reports no loss. A unit whose firmware is right has none, ever.
    public var undeclaredSymbols: UInt64 = 0
    /// Of the missing symbols, the ones in frames that came and were refused: nobody declared them lost.
    public var refusedSymbols: UInt64 = 0
    /// Of the missing symbols, the ones that the unit itself reports as lost (its FIFO was full, or its clock slipped).
    public var unitDroppedSymbols: UInt64 = 0
    /// Number of separate gaps.
    public var gaps: UInt64 = 0
    /// Frames whose bytes are no frame (CRC, header).
    public var corruptFrames: UInt64 = 0
    /// Sound frames whose message contradicts itself or the session's geometry.
    public var malformedFrames: UInt64 = 0
    /// Frames of another session.
    public var staleFrames: UInt64 = 0
    /// Malformed frames and those of another session, by the reason.
    public var refusals = FrameRefusals()
    /// Frames whose count of lost symbols is less than before, or more than the indices leave room for. Nothing is taken to
    /// be lost because of them.
    public var contradictedFrames: UInt64 = 0
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
    /// How its end is known. The account reaches up to the last frame; behind it nothing is known while this is `.unknown`.
    public var ending = StreamEnding.open

    /// All zero.
    public init() {}

    /// Symbols of one kind.
    public func symbols(_ kind: SymbolKind) -> UInt64 {
        Int(kind.rawValue) < 8 ? symbolsByKind[Int(kind.rawValue)] : 0
    }

    /// Symbols missing in the whole index span, computed from its ends and not from the gaps: both must agree.
    public var missingSymbols: UInt64 { nextSymbol - min(nextSymbol, deliveredSymbols) }

    /// Missing symbols that the unit declares, or that whole missing frames explain.
    public var declaredGapSymbols: UInt64 { gapSymbols - min(gapSymbols, undeclaredSymbols &+ refusedSymbols) }

    /// Delivered + declared + refused = index span, and no count of the unit's contradicts that.
    public var isConserved: Bool {
        deliveredSymbols &+ declaredGapSymbols &+ refusedSymbols == nextSymbol && contradictedFrames == 0
    }

    /// Frames that arrived whole and were refused.
    public var refusedFrames: UInt64 { malformedFrames &+ staleFrames }

    /// The share of frames that may be refused: a hundredth. A unit whose firmware is right has none but a few that were
    /// left over from the session before.
    public static let borneRefusals = 0.01

    /// Frames that may be refused in a session of any length.
    static let leftOverFrames: UInt64 = 2

    /// Whether no more frames were refused than that.
    public var bearsRefusals: Bool {
        refusedFrames <= Self.leftOverFrames
            || Double(refusedFrames) <= Self.borneRefusals * (Double(frames) + Double(refusedFrames))
    }

    /// What was refused, for a person: how much of it, the first reason, and how often each.
    public var refusalWords: String {
        let reasons = refusals.occurred.map { "\($0.frames) \($0.reason.words)" }
        return "\(refusedFrames) of \(frames &+ refusedFrames) frames were refused"
            + (refusals.first.map { ", the first one as \"\($0.words)\"" } ?? "")
            + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))")
    }

    /// Two counters are equal if all their figures are.
    public static func == (left: Self, right: Self) -> Bool {
        for kind in 0..<8 where left.symbolsByKind[kind] != right.symbolsByKind[kind] { return false }
        return left.frames == right.frames && left.bytes == right.bytes
            && left.deliveredSymbols == right.deliveredSymbols && left.disclosedSymbols == right.disclosedSymbols
            && left.gapSymbols == right.gapSymbols && left.unitDroppedSymbols == right.unitDroppedSymbols
            && left.gaps == right.gaps && left.undeclaredSymbols == right.undeclaredSymbols
            && left.corruptFrames == right.corruptFrames && left.refusedSymbols == right.refusedSymbols
            && left.refusals == right.refusals && left.contradictedFrames == right.contradictedFrames
            && left.malformedFrames == right.malformedFrames && left.staleFrames == right.staleFrames
            && left.repeatedFrames == right.repeatedFrames && left.missingFrames == right.missingFrames
            && left.overflowFrames == right.overflowFrames && left.unlockedFrames == right.unlockedFrames
            && left.clippedSamples == right.clippedSamples && left.nextSymbol == right.nextSymbol
            && left.ending == right.ending
    }
}
