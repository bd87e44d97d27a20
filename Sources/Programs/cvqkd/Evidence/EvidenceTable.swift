import Foundation
import NodeReports

extension EvidenceVerification {
    /// For people.
    var text: Page {
        var table = Table([
            .init("WINDOW", .right), .init("CELLS"), .init("BOTH", .right), .init("OUTCOME"),
            .init("V_ON X, LSB^2", .right), .init("V_ON P, LSB^2", .right, .useful), .init("HIDES, SNU", .right),
            .init("UNSEEN", .right, .detail), .init("BOB"), .init("ALICE"),
        ])
        table.rows = windows.map { window in
            [
                window.ordinal ?? "?", window.interval, "\(window.common)", window.outcome,
                Self.estimate(window.vacuum?.x, window.vacuum?.xSigma),
                Self.estimate(window.vacuum?.p, window.vacuum?.pSigma),
                window.hiddenExcessNoise.map { String(format: "%.5f", $0) } ?? "-",
                window.unseenShare.map { String(format: "%.2g %%", 100 * $0) } ?? "-",
                window.receiver?.word ?? "missing", window.transmitter?.word ?? "missing",
            ]
        }
        return "\(table)\n\(notes.lines)"
    }

    private var notes: [String] {
        var lines: [String] = []
        for window in windows {
            let name = window.ordinal.map { "window \($0)" } ?? window.file
            lines += window.outside.map { "\(name): \($0)" }
            lines += window.findings.map { "\(name): \($0)" }
        }
        if let first = windows.first?.ordinal, first != "0" {
            lines.append("Windows before \(first) were not given: V_on of the session has to come from all of them.")
        }
        if let vacuum {
            lines.append("V_on over all windows: \(vacuum.words) of \(vacuum.samples) samples a channel")
            if let releasedVacuum, releasedVacuum != vacuum {
                lines.append("over the released ones alone, which is biased: \(releasedVacuum.words)")
            }
        }
        if windows.contains(where: \.isEmulated) { lines.append("The units are emulated: nothing here is a secret.") }
        if !keysWereGiven {
            lines.append("No --node-key: the signatures prove only that whoever holds these keys signed.")
            let signers = Set(windows.flatMap { [$0.receiver?.signer, $0.transmitter?.signer] }.compactMap { $0 })
            lines += signers.sorted().map { "signed by \($0)" }
        }
        lines.append("\"Released\" means that rule version 1 passed. It does not mean \"secure\".")
        return lines
    }

    static func estimate(_ value: Double?, _ sigma: Double?) -> String {
        guard let value, let sigma else { return "-" }
        return String(format: "%.2f +- %.2f", value, sigma)
    }

    /// How the command ends; nil if everything follows from the records.
    var failure: CommandFailure? {
        switch verdict {
        case .consistent: return nil
        case .untrusted:
            return CommandFailure(
                .unproven,
                "everything follows from the records, and a key that signed is not one of those given. Compare its "
                    + "fingerprint with its owner, then give it by --node-key")
        case .contradicted:
            let count = windows.reduce(0) { $0 + $1.findings.count }
            let first = windows.first { !$0.findings.isEmpty }
            return CommandFailure(
                .damaged,
                "\(count) finding\(count == 1 ? "" : "s"); the first, in \(first?.file ?? "?"): "
                    + "\(first?.findings.first ?? "?"). Ask the node for the record again; if it stays so, do not use "
                    + "the keys of this session")
        }
    }
}

extension EvidenceVerification.Window {
    fileprivate var interval: String {
        guard let firstCell, let cells, let first = UInt64(firstCell), let count = UInt64(cells), count > 0 else {
            return "?"
        }
        let (last, overflowed) = first.addingReportingOverflow(count - 1)
        return overflowed ? "?" : "\(first)-\(last)"
    }

    /// Quantities outside their limits, in words.
    fileprivate var outside: [String] {
        [("Bob", receiver), ("Alice", transmitter)].flatMap { end, evidence in
            (evidence?.quantities ?? []).filter { !$0.passes }.map { quantity in
                let number = { (value: Double?) in value.map { String(format: "%.6g", $0) } ?? "no limit" }
                return
                    "\(end)'s \(quantity.name) is \(quantity.value.map { String(format: "%.6g", $0) } ?? "no number"), "
                    + "limits \(number(quantity.lower)) to \(number(quantity.upper))"
            }
        }
    }
}

extension EvidenceVerification.Evidence {
    fileprivate var word: String { verdict ?? "unreadable" }
}

extension EvidenceVerification.Vacuum {
    fileprivate var words: String {
        let first = EvidenceVerification.estimate(x, xSigma)
        return p == nil ? "\(first) LSB^2" : "\(first) and \(EvidenceVerification.estimate(p, pSigma)) LSB^2"
    }
}
