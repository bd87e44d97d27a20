internal import CalibrationRecords
internal import ReadableText

/// What each cause contributes to the uncertainty of a result.
struct BudgetSection {
    let record: CalibrationRecord

    func write(_ page: inout HTMLText) {
        guard !record.budget.isEmpty else { return }
        page.raw("<section>\n")
        page.element("h2", "Uncertainty budget")
        var results: [String] = []
        for line in record.budget where !results.contains(line.result) { results.append(line.result) }
        for result in results {
            let lines = record.budget.filter { $0.result == result }
            let total = lines.reduce(0) { $0 + $1.sigma * $1.sigma }
            let unit = record.measurement(result).map { NumberText.unit($0.unit) } ?? ""
            var rows = lines.map { line in
                (
                    style: "pass",
                    cells: [
                        line.cause, line.evaluation, NumberText.significant(line.sigma, digits: 3),
                        total > 0 ? NumberText.significant(100 * line.sigma * line.sigma / total, digits: 3) : "–",
                    ]
                )
            }
            rows.append(
                (
                    "phase",
                    ["all, as independent causes", "", NumberText.significant(total.squareRoot(), digits: 3), "100"]
                ))
            page.table(
                [
                    QuantityName.words(result), "Type", "σ" + (unit.isEmpty ? "" : " / \(unit)"), "Share of σ² / %",
                ], numbers: [2, 3], rows)
        }
        page.element("p", "Type A: by statistics. Type B: by other knowledge.", class: "note")
        page.raw("</section>\n")
    }
}
