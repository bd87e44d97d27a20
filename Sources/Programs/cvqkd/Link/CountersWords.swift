import NodeReports
import ReadableText
import UnitControl

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
            (corruptFrames, "CRC errors"), (malformedFrames + staleFrames, "refused"), (missingFrames, "missing"),
            (repeatedFrames, "repeated"), (overflowFrames, "with overflow"),
            (contradictedFrames, "with an impossible count of lost symbols"),
            (standsAlone ? 0 : unlockedFrames, "without clock lock"),
        ].filter { $0.0 > 0 }
        return "\(NumberText.count(frames)) frames, "
            + (faults.isEmpty
                ? "no CRC errors\(ending == StreamEnding.unknown.name ? "" : ", none missing")"
                : faults.map { "\(NumberText.count($0.0)) \($0.1)" }.joined(separator: ", "))
    }

    /// Why frames were refused, the reason of the first one first; nil if none was.
    var refusalsText: String? {
        let reasons = FrameRefusal.allCases.compactMap { reason in refusals[reason.name].map { (reason, $0) } }
        guard !reasons.isEmpty else { return nil }
        let ordered = reasons.filter { $0.0.name == firstRefusal } + reasons.filter { $0.0.name != firstRefusal }
        return ordered.map { "\(NumberText.count($0.1)) \($0.0.words)" }.joined(separator: ", ")
    }

    /// Gaps and whether everything is accounted for.
    var gapsText: String {
        let gap =
            gapSymbols == 0
            ? "no gaps"
            : "\(NumberText.count(gapSymbols)) symbols missing in \(gaps == 1 ? "1 gap" : "\(gaps) gaps"), \(NumberText.count(declaredGapSymbols)) declared"
                + (refusedSymbols == 0 ? "" : ", \(NumberText.count(refusedSymbols)) refused")
        if ending == StreamEnding.unknown.name {
            return
                "\(gap) up to symbol \(NumberText.count(endSymbol)); WHAT CAME AFTER IT, AND WHETHER ANYTHING IS MISSING THERE, IS NOT KNOWN"
        }
        return gap
            + (conserved
                ? "; all \(NumberText.count(endSymbol)) symbols accounted for" : "; THE ACCOUNT DOES NOT ADD UP")
    }

    /// What is to be said of the end frame; nil if it came, or if the stream has not ended.
    var endText: String? {
        switch ending {
        case StreamEnding.unitCount.name: "the end frame did not come; the unit's answer to StopStream names the end"
        case StreamEnding.unknown.name: "neither the end frame nor a believable answer to StopStream came"
        default: nil
        }
    }
}
