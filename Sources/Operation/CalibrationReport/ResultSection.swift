internal import CalibrationRecords

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
                        ReportNumber.words(phase.name), "", "", "", "", ReportNumber.duration(phase.duration),
                        phase.outcome.rawValue,
                    ]
                ))
            if let note = phase.note { rows.append((phase.outcome.rawValue, [note])) }
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

    private func cells(_ found: RecordedMeasurement) -> [String] {
        let (value, sigma) = ReportNumber.pair(found.value, found.sigma)
        let samples = found.samples.map { ", \(ReportNumber.count($0)) samples" } ?? ""
        return [
            ReportNumber.words(found.name) + (found.plane.map { ", at the \($0)" } ?? ""), value, sigma,
            ReportNumber.unit(found.unit), limits(found.limits), ReportNumber.source(found.source) + samples,
            found.outcome?.rawValue ?? "–",
        ]
    }

    private func limits(_ limits: AcceptanceLimits?) -> String {
        guard let limits else { return "–" }
        let band = { (value: Double?) in value.map { " (\(ReportNumber.stated($0)))" } ?? "" }
        let low = limits.minimum.map { ReportNumber.stated($0) + band(limits.marginalMinimum) }
        let high = limits.maximum.map { ReportNumber.stated($0) + band(limits.marginalMaximum) }
        return switch (low, high) {
        case (let low?, let high?): "\(low) … \(high)"
        case (let low?, nil): "≥ \(low)"
        case (nil, let high?): "≤ \(high)"
        case (nil, nil): "–"
        }
    }
}
