import NodeReports
import ReadableText

extension CountersDocument {
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
