internal import CalibrationRecords
internal import ReadableText

/// Every number with its uncertainty, limits, source and outcome.
struct ResultSection {
    let record: CalibrationRecord

    func write(_ page: inout HTMLText) {
        page.raw("<section>\n")
        page.element("h2", "Results")
        page.raw("<div class=\"wide\">\n")
        var rows: [(style: String, cells: [String])] = []
        for phase in record.phases {
            rows.append(
                (
                    "phase",
                    [
                        QuantityName.words(phase.name) + Self.failures(phase), "", "", "", "",
                        ReportWords.duration(phase.duration),
                        phase.outcome.rawValue,
                    ]
                ))
            // A note says how it was measured. What failed is marked in its own row, and named in the phase's.
            if let note = phase.note { rows.append(("note", [note])) }
            rows += phase.measurements.map { (($0.outcome ?? .pass).rawValue, cells($0)) }
        }
        page.table(
            ["Result", "Value", "σ", "Unit", "Limits (marginal)", "Source", "Outcome"], numbers: [1, 2], rows)
        page.raw("</div>\n")
        page.element(
            "p",
            "σ is the standard uncertainty. A value between a limit and the marginal one in brackets is marginal: within "
                + "limits, to be looked at on the next visit.", class: "note")
        page.raw("</section>\n")
    }

    private static func failures(_ phase: CalibrationRecord.Phase) -> String {
        let names = phase.measurements.filter { $0.outcome == .fail }.map { QuantityName.words($0.name) }
        return names.isEmpty ? "" : ": \(names.joined(separator: ", "))"
    }

    private func cells(_ found: RecordedMeasurement) -> [String] {
        let (value, sigma) = NumberText.pair(found.value, found.sigma)
        let samples = found.samples.map { ", \(NumberText.count($0)) samples" } ?? ""
        return [
            QuantityName.words(found.name) + (found.plane.map { ", at the \($0)" } ?? ""), value, sigma,
            NumberText.unit(found.unit), limits(found.limits), ReportWords.source(found.source) + samples,
            found.outcome?.rawValue ?? "–",
        ]
    }

    private func limits(_ limits: AcceptanceLimits?) -> String {
        guard let limits else { return "–" }
        let band = { (value: Double?) in value.map { " (\(NumberText.stated($0, digits: 4)))" } ?? "" }
        let low = limits.minimum.map { NumberText.stated($0, digits: 4) + band(limits.marginalMinimum) }
        let high = limits.maximum.map { NumberText.stated($0, digits: 4) + band(limits.marginalMaximum) }
        return switch (low, high) {
        case (let low?, let high?): "\(low) … \(high)"
        case (let low?, nil): "≥ \(low)"
        case (nil, let high?): "≤ \(high)"
        case (nil, nil): "–"
        }
    }
}
