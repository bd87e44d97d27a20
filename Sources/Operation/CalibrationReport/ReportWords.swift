internal import CalibrationRecords
internal import Foundation

/// What the report alone spells: times, durations and names as on paper. Its numbers are `NumberText`'s.
enum ReportWords {
    static func time(_ date: Date) -> String {
        date.formatted(.iso8601).replacing("T", with: " ").replacing("Z", with: " UTC")
    }

    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        if seconds < 60 { return String(format: "%.1f s", seconds) }
        guard seconds < 1e15 else { return String(format: "%.3g s", seconds) }
        let total = Int(seconds.rounded())
        return total < 3600
            ? "\(total / 60) min \(total % 60) s" : "\(total / 3600) h \(total / 60 % 60) min"
    }

    static func source(_ source: RecordedMeasurement.Source) -> String {
        switch source {
        case .measured: "measured here"
        case .verifiedRatio: "ratio verified here"
        case .factory: "maker, signed"
        case .stated: "stated by the unit"
        case .entered: "typed in"
        case .instrument: "other instrument"
        case .policy: "set by a rule"
        }
    }
}
