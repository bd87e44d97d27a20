import CalibrationRecords
import Foundation

/// Two records, result by result.
struct RecordDifference: Encodable {
    struct Row: Encodable {
        let phase: String
        let name: String
        let unit: String
        let first: Double?
        let second: Double?
        let difference: Double?
        /// Difference over the combined standard uncertainty; nil where one is unknown or zero.
        let sigmas: Double?
        /// Of the newer one.
        let outcome: String?
        /// What cannot be compared, and why.
        let remark: String?
    }

    let first: RecordSummary
    let second: RecordSummary
    let rows: [Row]

    init(_ old: StoredRecord, _ new: StoredRecord, in contents: StoreContents, now: Date = Date()) {
        first = RecordSummary(old, in: contents, now: now)
        second = RecordSummary(new, in: contents, now: now)
        let before = Self.measurements(old.record)
        let after = Self.measurements(new.record)
        let keys = before.map(\.key) + after.map(\.key).filter { key in !before.contains { $0.key == key } }
        rows = keys.map { key in
            Self.row(key, before.first { $0.key == key }?.value, after.first { $0.key == key }?.value)
        }
    }

    private struct Key: Hashable {
        var phase: String
        var name: String
        var plane: String?
    }

    private typealias Measured = RecordedMeasurement

    private static func measurements(_ record: CalibrationRecord) -> [(key: Key, value: Measured)] {
        record.phases.flatMap { phase in
            phase.measurements.map { (Key(phase: phase.name, name: $0.name, plane: $0.plane), $0) }
        }
    }

    private static func row(_ key: Key, _ old: Measured?, _ new: Measured?) -> Row {
        var remark: String?
        var difference: Double?
        var sigmas: Double?
        if old == nil { remark = "only in the second" }
        if new == nil { remark = "only in the first" }
        if let old, let new {
            if old.unit != new.unit {
                remark = "in \(old.unit) and in \(new.unit)"
            } else if let before = old.value, let after = new.value {
                difference = after - before
                if let a = old.sigma, let b = new.sigma {
                    let combined = (a * a + b * b).squareRoot()
                    sigmas = combined > 0 ? (after - before) / combined : nil
                }
                if old.source != new.source { remark = "\(old.source.rawValue), then \(new.source.rawValue)" }
            }
        }
        return Row(
            phase: key.phase, name: key.name + (key.plane.map { " (\($0))" } ?? ""), unit: new?.unit ?? old?.unit ?? "",
            first: old?.value, second: new?.value, difference: difference, sigmas: sigmas,
            outcome: new?.outcome?.rawValue, remark: remark)
    }

    var text: String {
        var table = Table([
            .init("PHASE"), .init("RESULT"), .init("FIRST", .right), .init("SECOND", .right),
            .init("DIFFERENCE", .right),
            .init("IN σ", .right), .init("UNIT"), .init("REMARK"),
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
        return head.joined(separator: "\n") + "\n\n" + table.text
    }
}
