import Calibration
import CalibrationRecords
import Foundation
import ReadableText

/// A checklist as text.
enum CommissioningTable {
    static func text(_ checklist: CommissioningChecklist) -> Page {
        var table = Table([
            .init(""), .init("STEP"), .init("WHAT", .left, .useful, wraps: true), .init("STATE", wraps: true),
            .init("OUTCOME"),
        ])
        for entry in checklist.entries {
            let isNext = entry.step == checklist.next
            table.rows.append([
                isNext ? "→" : "", entry.step.rawValue, entry.step.title, state(entry),
                entry.record?.outcome.rawValue ?? "–",
            ])
        }
        return "\(checklist.alice.serial) – \(checklist.bob.serial), begun \(checklist.started.formatted(.iso8601))\n"
            + table.text
    }

    private static func state(_ entry: CommissioningChecklist.Entry) -> String {
        switch entry.state {
        case .pending: "to do"
        case .begun:
            "interrupted" + (entry.soak.isEmpty ? "" : " after \(entry.soak.count) intervals")
                + (entry.reason.map { ": \($0.prefix(60))" } ?? "")
        case .done: "done"
        case .skipped: "skipped: \(entry.reason ?? "")"
        }
    }

    static func findings(_ phase: CalibrationRecord.Phase) -> String {
        let values = phase.measurements.map { found in
            "\(QuantityName.words(found.name)) \(CalibrationTable.value(found))"
                + (found.outcome == .fail ? " FAIL" : found.outcome == .marginal ? " marginal" : "")
        }
        return "  \(QuantityName.words(phase.name)): " + values.joined(separator: ", ")
            + (phase.note.map { " (\($0))" } ?? "")
    }
}
