import Foundation
import ReadableText
import UnitConformance

/// A run for the person at the terminal.
enum ConformanceTable {
    /// One line when a check did not simply pass.
    static func notice(_ phase: PhaseRecord) -> String? {
        guard phase.outcome == .fail || phase.outcome == .error else { return nil }
        return "\(phase.outcome.rawValue)  \(phase.name): \(phase.seen.first ?? "")"
    }

    /// The table, what is wrong in full, and the closing line.
    static func text(_ record: ConformanceRecord) -> Page {
        var table = Table([
            Table.Column("CHECK"), Table.Column("UNIT", .left, .useful), Table.Column("OUTCOME"),
            Table.Column("TIME", .right, .detail), Table.Column("REMARK", wraps: true),
        ])
        for phase in record.phases {
            let seconds = phase.seconds
            table.rows.append([
                phase.check, phase.subject, word(phase),
                phase.outcome == .skip ? "" : String(format: "%.2f s", seconds),
                remark(phase),
            ])
        }
        let details = record.phases.filter { $0.outcome == .fail || $0.outcome == .error }.map(detail)
        return ([table.text] + details + [closing(record)]).joined(separator: "\n\n")
    }

    /// All checks, for `--list`.
    static func list(_ only: [String]) -> Page {
        var table = Table([
            Table.Column("CHECK"), Table.Column("SECTION", .right, .detail), Table.Column("NEEDS", wraps: true),
            Table.Column("TRIES", wraps: true),
        ])
        for check in ConformanceSuite.checks where only.isEmpty || only.contains(check.id) {
            table.rows.append([
                check.id, "\(check.section.rawValue)", check.needs.words.joined(separator: ", "), check.title,
            ])
        }
        return table.text
    }

    private static func word(_ phase: PhaseRecord) -> String {
        switch phase.outcome {
        case .pass: phase.isMarginal ? "marginal" : "passed"
        case .fail: "FAILED"
        case .error: "ERROR"
        case .skip: "skipped"
        }
    }

    /// The reason of a skip, the first finding of a failure, or the measured values that have limits.
    private static func remark(_ phase: PhaseRecord) -> String {
        if phase.outcome != .pass { return phase.seen.first ?? "" }
        return phase.measurements.filter { $0.limits != nil }.prefix(2)
            .map { measured in
                let unit = measured.unit == "1" ? "" : " \(measured.unit)"
                return "\(measured.name) \(NumberText.significant(measured.value, digits: 3))\(unit)"
            }.joined(separator: ", ")
    }

    private static func detail(_ phase: PhaseRecord) -> Page {
        ([
            "\(phase.name) \(word(phase))", "  tried     \(phase.title)",
            "  document  \(phase.section): \(phase.rule)",
        ] + phase.seen.map { "  seen      \($0)" }).lines
    }

    private static func closing(_ record: ConformanceRecord) -> Page {
        let marginal = record.phases.count(where: \.isMarginal)
        let skipped = record.count(.skip)
        return "\(record.count(.pass)) passed" + (marginal > 0 ? " (\(marginal) marginal)" : "")
            + ", \(record.count(.fail)) failed, \(record.count(.error)) not carried out, \(skipped) skipped"
            + (skipped > 0 ? " (skipped is not passed)" : "") + (record.isAborted ? "; ended before its end" : "")
    }
}
