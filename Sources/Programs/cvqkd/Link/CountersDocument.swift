import UnitControl
import UnitProtocol

/// A stream's account for scripts.
struct CountersDocument: Encodable, Sendable {
    var frames: UInt64
    var bytes: UInt64
    var deliveredSymbols: UInt64
    var symbolsByKind: [String: UInt64]
    var disclosedSymbols: UInt64
    var gapSymbols: UInt64
    var declaredGapSymbols: UInt64
    var unitDroppedSymbols: UInt64
    var gaps: UInt64
    var corruptFrames: UInt64
    var malformedFrames: UInt64
    var staleFrames: UInt64
    var repeatedFrames: UInt64
    var missingFrames: UInt64
    var overflowFrames: UInt64
    var unlockedFrames: UInt64
    var clippedSamples: UInt64
    var endSymbol: UInt64
    var conserved: Bool

    init(_ counters: StreamCounters) {
        frames = counters.frames
        bytes = counters.bytes
        deliveredSymbols = counters.deliveredSymbols
        symbolsByKind = Self.kinds(counters)
        disclosedSymbols = counters.disclosedSymbols
        gapSymbols = counters.missingSymbols
        declaredGapSymbols = counters.declaredGapSymbols
        unitDroppedSymbols = counters.unitDroppedSymbols
        gaps = counters.gaps
        corruptFrames = counters.corruptFrames
        malformedFrames = counters.malformedFrames
        staleFrames = counters.staleFrames
        repeatedFrames = counters.repeatedFrames
        missingFrames = counters.missingFrames
        overflowFrames = counters.overflowFrames
        unlockedFrames = counters.unlockedFrames
        clippedSamples = counters.clippedSamples
        endSymbol = counters.nextSymbol
        conserved = counters.isConserved
    }

    /// Symbols by the name of their kind; kinds that carry none are there with 0.
    static func kinds(_ counters: StreamCounters) -> [String: UInt64] {
        var kinds: [String: UInt64] = [:]
        for kind in SymbolKind.known where kind != .none {
            kinds[kind.description.lowercased()] = counters.symbols(kind)
        }
        return kinds
    }

    /// The kinds that occurred, most frequent first.
    var kindsText: String {
        let present = symbolsByKind.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return present.isEmpty
            ? "none" : present.map { "\($0.key) \(NumberText.count($0.value))" }.joined(separator: ", ")
    }

    /// What went wrong with frames, in words.
    var faultsText: String { faults(standsAlone: false) }

    /// The same; a receiver that runs alone has no clock to lock to.
    func faults(standsAlone: Bool) -> String {
        let faults = [
            (corruptFrames, "CRC errors"), (malformedFrames, "malformed"), (missingFrames, "missing"),
            (repeatedFrames, "repeated"), (staleFrames, "of another session"), (overflowFrames, "with overflow"),
            (standsAlone ? 0 : unlockedFrames, "without clock lock"),
        ].filter { $0.0 > 0 }
        return "\(NumberText.count(frames)) frames, "
            + (faults.isEmpty
                ? "no CRC errors, none missing"
                : faults.map { "\(NumberText.count($0.0)) \($0.1)" }.joined(separator: ", "))
    }

    /// Gaps and whether everything is accounted for.
    var gapsText: String {
        let gap =
            gapSymbols == 0
            ? "no gaps"
            : "\(NumberText.count(gapSymbols)) symbols missing in \(gaps == 1 ? "1 gap" : "\(gaps) gaps"), \(NumberText.count(declaredGapSymbols)) declared"
        return gap
            + (conserved
                ? "; all \(NumberText.count(endSymbol)) symbols accounted for" : "; THE ACCOUNT DOES NOT ADD UP")
    }
}
