/// Why a frame that arrived whole is refused: its unit says something that cannot be, or speaks of another session.
public enum FrameRefusal: UInt8, Sendable, Hashable, CaseIterable {
    /// Of another session, or of another channel.
    case otherSession
    /// Its message cannot be read.
    case unreadable
    /// It names another purpose than the session's.
    case otherPurpose
    /// It has more symbols than a slot.
    case tooManySymbols
    /// Its kind of symbols does not exist.
    case unknownKind
    /// Its last symbol is beyond all numbers.
    case beyondIndices
    /// Its index, or the loss that it implies, is beyond what the time since the start has room for.
    case runaway
    /// Its number is new, and its symbols have been before.
    case indexBehind
    /// An end frame with symbols.
    case endWithSymbols
    /// No symbols.
    case noSymbols
    /// Content that does not belong to its kind.
    case wrongContent
    /// Samples of another format than the session's.
    case wrongFormat
    /// Another number of sample bytes than its symbols have.
    case wrongLength
    /// More clipped samples than it has samples.
    case tooManyClips

    /// What is wrong with such a frame, as it stands behind a number: "12 of another purpose".
    public var words: String {
        switch self {
        case .otherSession: "of another session"
        case .unreadable: "with an unreadable message"
        case .otherPurpose: "of another purpose"
        case .tooManySymbols: "with more symbols than a slot"
        case .unknownKind: "of an unknown kind"
        case .beyondIndices: "beyond the last index"
        case .runaway: "with an index that the time has no room for"
        case .indexBehind: "with symbols that had been before"
        case .endWithSymbols: "that end the session with symbols"
        case .noSymbols: "without symbols"
        case .wrongContent: "with content of another kind"
        case .wrongFormat: "with samples of another format"
        case .wrongLength: "with too few or too many sample bytes"
        case .tooManyClips: "with more clipped samples than samples"
        }
    }

    /// For programs.
    public var name: String { "\(self)" }
}

/// Frames that were refused, by the reason.
public struct FrameRefusals: Sendable, Equatable {
    private var counts = InlineArray<14, UInt64>(repeating: 0)
    /// Of the first one; nil if none was.
    public private(set) var first: FrameRefusal?

    /// None.
    public init() {}

    /// From counts in the order of the reasons.
    public init(_ figures: [UInt64], first: FrameRefusal?) {
        for (index, figure) in figures.prefix(counts.count).enumerated() { counts[index] = figure }
        self.first = first
    }

    /// How many for a reason.
    public subscript(_ reason: FrameRefusal) -> UInt64 { counts[Int(reason.rawValue)] }

    /// In the order of the reasons.
    public var figures: [UInt64] { counts.indices.map { counts[$0] } }

    /// For which reasons, and how often.
    public var occurred: [(reason: FrameRefusal, frames: UInt64)] {
        FrameRefusal.allCases.map { ($0, self[$0]) }.filter { $0.1 > 0 }
    }

    mutating func add(_ reason: FrameRefusal) {
        counts[Int(reason.rawValue)] += 1
        first = first ?? reason
    }

    /// Two are equal if all their figures are.
    public static func == (left: Self, right: Self) -> Bool {
        left.figures == right.figures && left.first == right.first
    }
}
