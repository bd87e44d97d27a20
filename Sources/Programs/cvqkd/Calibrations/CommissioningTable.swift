import Calibration
import CalibrationRecords
import Foundation
import ReadableText

/// A checklist as text.
enum CommissioningTable {
    /// `isBegun` is whether it is kept: what is only shown has no beginning.
    static func text(_ checklist: CommissioningChecklist, isBegun: Bool = true) -> Page {
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
        // Below the table, which they would widen beyond a terminal.
        let reasons: [Page] = checklist.entries.compactMap { entry in
            entry.state == .begun ? entry.reason.map { "\(entry.step.rawValue) was interrupted: \($0)" } : nil
        }
        let begun = isBegun ? "begun \(checklist.started.formatted(.iso8601))" : "not begun yet"
        return "\(checklist.alice.serial) – \(checklist.bob.serial), \(begun)\n"
            + ([table.text] + reasons).joined(separator: "\n")
    }

    private static func state(_ entry: CommissioningChecklist.Entry) -> String {
        switch entry.state {
        case .pending: "to do"
        case .begun:
            "interrupted" + (entry.soak.isEmpty ? "" : " after \(entry.soak.count) intervals")
        case .done: "done"
        case .skipped: "skipped: \(entry.reason ?? "")"
        }
    }

    /// What is left to do, step by step.
    static func plan(_ plans: [StepPlan]) -> Page {
        guard !plans.isEmpty else { return "nothing is left to do but the dossier" }
        var table = Table([.init("STEP"), .init("WHAT", wraps: true), .init("TIME", .right)])
        for plan in plans {
            for (index, phase) in plan.phases.enumerated() {
                table.rows.append([
                    index == 0 ? plan.step.rawValue : "", phase.title,
                    NumberText.clock(phase.seconds.rounded(.up)),
                ])
            }
        }
        table.rows.append([
            "in all", "without the people", NumberText.clock(plans.reduce(0) { $0 + $1.seconds }.rounded(.up)),
        ])
        let remarks: [Page] = plans.flatMap { plan in plan.remarks.map { "\(plan.step.rawValue): \($0)" } }
        return ([table.text] + remarks).joined(separator: "\n")
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
