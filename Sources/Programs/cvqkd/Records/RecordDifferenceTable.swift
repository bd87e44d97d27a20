import Foundation
import NodeReports
import ReadableText

extension RecordDifference {
    /// For people.
    var text: Page {
        var table = Table([
            .init("PHASE", .left, .useful, wraps: true), .init("RESULT", wraps: true), .init("FIRST", .right, .useful),
            .init("SECOND", .right), .init("DIFFERENCE", .right), .init("IN σ", .right), .init("UNIT", .left, .useful),
            .init("REMARK", wraps: true),
        ])
        let number = { (value: Double?) in value.map { NumberText.significant($0, digits: 6) } ?? "–" }
        table.rows = rows.map { row in
            let far = row.sigmas.map { abs($0) > 3 } ?? false
            return [
                row.phase, row.name, number(row.first), number(row.second),
                row.difference.map { ($0 > 0 ? "+" : "") + NumberText.significant($0, digits: 3) } ?? "–",
                row.sigmas.map { String(format: "%+.1f", $0) } ?? "–", row.unit == "1" ? "" : row.unit,
                [far ? "beyond 3 σ" : nil, row.remark].compactMap { $0 }.joined(separator: ", "),
            ]
        }
        let head = [first, second].map { record in
            "\(record.name.prefix(12))  \(record.procedure) of \(record.units.joined(separator: " + ")), "
                + "\(record.ended.formatted(.iso8601)), \(record.outcome)\(record.emulated ? ", EMULATED" : "")"
        }
        return "\(head.lines)\n\n\(table)"
    }
}
