import Calibration
import CalibrationRecords
import Foundation
import ReadableText

/// Plans, progress and records of calibrations as text.
enum CalibrationTable {
    static func plan<Notes>(_ procedure: Procedure<Notes>) -> Page { plan(procedure.plans) }

    static func plan(_ plans: [PhasePlan]) -> Page {
        var table = Table([
            .init("PHASE"), .init("WHAT", wraps: true), .init("SAMPLES", .right), .init("TIME", .right),
        ])
        for plan in plans {
            table.rows.append([
                QuantityName.words(plan.name), plan.title, plan.samples > 0 ? samples(plan.samples) : "–",
                NumberText.clock(plan.seconds.rounded(.up)),
            ])
        }
        table.rows.append([
            "in all", "", samples(plans.reduce(0) { $0 + $1.samples }),
            NumberText.clock(plans.reduce(0) { $0 + $1.seconds }.rounded(.up)),
        ])
        return table.text
    }

    /// Sample counts are judged by their size, not by their digits.
    private static func samples(_ count: Int64) -> String {
        count < 100_000
            ? NumberText.count(count)
            : NumberText.engineering(Double(count), "", digits: 3).trimmingCharacters(in: .whitespaces)
    }

    /// The live line: how far and how long stay where there is little room.
    static func fields(_ progress: CalibrationProgress) -> [LiveLine.Field] {
        let percent = Int((100 * progress.fraction).rounded(.down))
        let detail = progress.detail.isEmpty ? [] : [LiveLine.Field(progress.detail, .detail)]
        return [.init("\(progress.phase)/\(progress.phases)"), .init(progress.title, .useful), .init("\(percent) %")]
            + detail + [.init("\(NumberText.clock(progress.remainingSeconds.rounded(.up))) left")]
    }

    static func line(_ phase: CalibrationRecord.Phase) -> String {
        let found = failures(of: phase) + phase.measurements.filter { $0.outcome == .marginal }.map(words)
        return "\(mark(phase.outcome))  \(QuantityName.words(phase.name)), "
            + "\(phase.duration < 0.05 ? "0" : NumberText.significant(phase.duration, digits: 2)) s"
            + (found.isEmpty ? "" : ": \(found.joined(separator: "; "))")
            // How it was measured is no reason why it failed.
            + (phase.advice.map { found.isEmpty ? ": \($0)" : " (note: \($0))" } ?? "")
    }

    /// What of a phase is outside its limits, with the value and what was wanted.
    static func failures(of phase: CalibrationRecord.Phase) -> [String] {
        phase.measurements.filter { $0.outcome == .fail }.map(words)
    }

    private static func words(_ found: RecordedMeasurement) -> String {
        "\(QuantityName.words(found.name)) \(found.value == nil ? "not measured" : value(found)), "
            + "wanted \(limits(found) ?? "a number")"
    }

    static func text(_ record: CalibrationRecord) -> Page {
        var table = Table([
            .init("PHASE", wraps: true), .init("RESULT", wraps: true), .init("VALUE", wraps: true),
            .init("LIMITS", wraps: true), .init("SOURCE", .left, .detail), .init("OUTCOME"),
        ])
        for phase in record.phases {
            if phase.measurements.isEmpty {
                table.rows.append([
                    QuantityName.words(phase.name), phase.advice ?? "", "", "", "", phase.outcome.rawValue,
                ])
            }
            for (index, found) in phase.measurements.enumerated() {
                table.rows.append([
                    index == 0 ? QuantityName.words(phase.name) : "", name(found), value(found),
                    limits(found) ?? "–", source(found.source), found.outcome?.rawValue ?? "–",
                ])
            }
        }
        var sheet = Sheet()
        sheet.add("outcome", record.outcome.rawValue)
        sheet.add("operator", "\(record.operatorName) at \(record.station)")
        if let validity = record.validity {
            sheet.add(
                "valid until",
                "\(validity.expires.formatted(.iso8601)) (\(validity.reason))"
                    + (validity.windows.isEmpty
                        ? "" : ", while " + validity.windows.map(window).joined(separator: ", ")))
        }
        for phase in record.phases {
            sheet.add("note", phase.advice.map { "\(QuantityName.words(phase.name)): \($0)" })
        }
        for remark in record.remarks { sheet.add("remark", remark) }
        return table.text + "\n\n" + sheet.text
    }

    private static func window(_ window: Validity.Window) -> String {
        "\(window.quantity) of \(window.unit) is \(NumberText.significant(window.minimum)) … "
            + "\(NumberText.significant(window.maximum)) \(NumberText.unit(window.unitOfMeasure))"
    }

    /// With its plane.
    private static func name(_ found: RecordedMeasurement) -> String {
        QuantityName.words(found.name) + (found.plane.map { " (\($0))" } ?? "")
    }

    static func value(_ found: RecordedMeasurement) -> String {
        guard let value = found.value else { return "–" }
        // In the unit in which it was asked for and typed.
        if found.name == "receivedPower" { return NumberText.decibelMilliwatts(value) }
        let unit = NumberText.unit(found.unit)
        guard let sigma = found.sigma, sigma > 0 else {
            // A whole number was counted or stated.
            let isWhole = value == value.rounded() && abs(value) < 1e9
            if isWhole, unit == "symbol" { return NumberText.count(Int64(value), unit) }
            if prefixed.contains(unit) { return NumberText.engineering(value, unit) }
            return (found.bound == .lower ? "≥ " : "")
                + (isWhole ? NumberText.count(Int64(value)) : NumberText.significant(value))
                + (unit.isEmpty ? "" : " \(unit)")
        }
        return prefixed.contains(unit)
            ? NumberText.engineeringEstimate(value, sigma: sigma, unit)
            : NumberText.estimate(value, sigma: sigma, unit: unit)
    }

    /// Units with SI prefixes, which nobody reads with an exponent.
    private static let prefixed: Set<String> = ["Hz", "W", "A", "V"]

    /// As `5 (8) … 20`: fails below 5 and above 20, marginal below 8.
    static func limits(_ found: RecordedMeasurement) -> String? {
        guard let limits = found.limits else { return nil }
        let unit = NumberText.unit(found.unit)
        func withUnit(_ text: String) -> String { unit.isEmpty ? text : "\(text) \(unit)" }
        let text = { (value: Double) in NumberText.stated(value, digits: 4) }
        let marginal = { (value: Double?) in value.map { " (\(text($0)))" } ?? "" }
        let low = limits.minimum.map { text($0) + marginal(limits.marginalMinimum) }
        let high = limits.maximum.map { text($0) + marginal(limits.marginalMaximum) }
        switch (low, high) {
        case (let low?, let high?): return withUnit("\(low) … \(high)")
        case (let low?, nil): return withUnit("≥ \(low)")
        case (nil, let high?): return withUnit("≤ \(high)")
        case (nil, nil): return nil
        }
    }

    private static func source(_ source: RecordedMeasurement.Source) -> String {
        switch source {
        case .verifiedRatio: "verified ratio"
        default: source.rawValue
        }
    }

    private static func mark(_ outcome: Outcome) -> String {
        switch outcome {
        case .pass: "pass      "
        case .marginal: "MARGINAL  "
        case .fail: "FAIL      "
        case .incomplete: "INCOMPLETE"
        }
    }
}
