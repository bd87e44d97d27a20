internal import CalibrationRecords
internal import ReadableText

/// Raw sums, from which a stranger can recompute the variances, and the conditions meanwhile.
struct EvidenceSection {
    let record: CalibrationRecord

    func write(_ page: inout HTMLText) {
        if !record.rawSums.isEmpty {
            page.raw("<section>\n")
            page.element("h2", "Raw sums")
            page.raw("<div class=\"wide\">\n")
            page.table(
                [
                    "Of", "Quadrature", "Samples n", "Σ / LSB", "Σ² / LSB²", "Clipped", "Variance / LSB²",
                    "LO power / W",
                ],
                numbers: [2, 3, 4, 5, 6, 7], record.rawSums.map { (style: "pass", cells: cells($0)) })
            page.raw("</div>\n")
            page.element(
                "p", "Variance: (Σ² − (Σ)²/n)/(n − 1), computed for this page from the sums beside it.", class: "note")
            page.raw("</section>\n")
        }
        guard !record.conditions.isEmpty else { return }
        page.raw("<section>\n")
        page.element("h2", "Conditions")
        let number = { (value: Double?) in value.map { NumberText.figure($0) } ?? "not known" }
        page.table(
            ["Unit", "Quantity", "At the start", "At the end", ""], numbers: [2, 3],
            record.conditions.map {
                (
                    style: "pass",
                    cells: [
                        $0.unit, $0.name.replacing("_", with: " "), number($0.atStart), number($0.atEnd),
                        NumberText.unit($0.unitOfMeasure),
                    ]
                )
            })
        page.raw("</section>\n")
    }

    private func cells(_ sums: CalibrationRecord.RawSums) -> [String] {
        let n = Double(sums.samples)
        let mean = Double(sums.sum) / n
        let variance = (Double(sums.sumOfSquares) - n * mean * mean) / (n - 1)
        return [
            QuantityName.words(sums.kind), sums.quadrature, NumberText.count(sums.samples),
            NumberText.count(sums.sum), NumberText.count(sums.sumOfSquares), NumberText.count(sums.clipped),
            NumberText.significant(variance, digits: 7),
            sums.localOscillatorPower.map { NumberText.figure($0) } ?? "–",
        ]
    }
}
