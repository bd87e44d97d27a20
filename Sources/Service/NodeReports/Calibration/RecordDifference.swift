public import CalibrationRecords
public import Foundation

/// Two records, result by result.
public struct RecordDifference: Codable, Sendable, Hashable {
    /// One result.
    public struct Row: Codable, Sendable, Hashable {
        /// The phase that found it.
        public var phase: String
        /// Its name, with the plane if it has one.
        public var name: String
        /// Of the newer one.
        public var unit: String
        /// In the first record.
        public var first: Double?
        /// In the second.
        public var second: Double?
        /// Second less first.
        public var difference: Double?
        /// Difference over the combined standard uncertainty; absent where one is unknown or both are zero.
        public var sigmas: Double?
        /// Of the newer one.
        public var outcome: String?
        /// What cannot be compared, and why.
        public var remark: String?
    }

    /// The older one.
    public var first: RecordSummary
    /// The newer one.
    public var second: RecordSummary
    /// In the order of the first, then what only the second has.
    public var rows: [Row]

    /// Compares two records of a store.
    public init(_ old: StoredRecord, _ new: StoredRecord, in contents: StoreContents, now: Date) {
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
}
