internal import CalibrationRecords
internal import Charts
internal import Foundation
internal import ReadableText

/// The plots that a record has curves for.
struct CurveSection {
    let record: CalibrationRecord

    func write(_ page: inout HTMLText) {
        guard !record.curves.isEmpty else { return }
        page.raw("<section>\n")
        page.element("h2", "Curves")
        page.raw("<div class=\"plots\">\n")
        for chart in charts {
            page.raw("<figure>\n\(chart.svg(width: 560, height: 380))\n</figure>\n")
        }
        page.raw("</div>\n</section>\n")
    }

    /// Curves with the same axes belong into one plot: light off, light on; x and p.
    private var charts: [Chart] {
        var groups: [[CalibrationRecord.Curve]] = []
        for curve in record.curves where curve.x.count == curve.y.count {
            if let index = groups.firstIndex(where: { Self.belong($0[0], curve) }) {
                groups[index].append(curve)
            } else {
                groups.append([curve])
            }
        }
        return groups.map(Self.chart)
    }

    private static func kind(_ name: String) -> String {
        let kinds = [
            "linearity", "spectrum", "clearance", "allan", "histogram", "excessNoise", "residual", "transmittance",
        ]
        return kinds.first { name.lowercased().hasPrefix($0.lowercased()) } ?? name
    }

    private static func belong(_ one: CalibrationRecord.Curve, _ other: CalibrationRecord.Curve) -> Bool {
        kind(one.name) == kind(other.name) && one.xLabel == other.xLabel && one.yLabel == other.yLabel
    }

    private static func chart(_ curves: [CalibrationRecord.Curve]) -> Chart {
        let first = curves[0]
        let kind = kind(first.name)
        var chart = Chart(
            title(kind), x: axis(first.xLabel, kind == "allan"), y: axis(first.yLabel, kind == "allan"),
            series: curves.map { series($0, kind, named: curves.count > 1 || kind == "histogram") })
        if kind == "histogram" {
            // Below the bars nobody would see it: the Gaussian is drawn last.
            chart.series += curves.compactMap(gaussian)
        }
        if kind == "linearity" { chart.series += curves.compactMap(quadratic) }
        if kind == "excessNoise" { chart.limits.append(.line(.y, at: 0, "", .note)) }
        return chart
    }

    private static func title(_ kind: String) -> String {
        switch kind {
        case "linearity": "Linearity: variance against LO power"
        case "spectrum": "Noise spectrum, light off and on"
        case "clearance": "Clearance over frequency"
        case "allan": "Allan deviation"
        case "histogram": "Histogram against the Gaussian"
        case "excessNoise": "Excess noise over time"
        default: QuantityName.words(kind).prefix(1).uppercased() + QuantityName.words(kind).dropFirst()
        }
    }

    /// `LO power / mW`, `LO power (mW)` or `LO power, mW`: name and unit.
    private static func axis(_ label: String, _ isLogarithmic: Bool) -> Axis {
        let scale: Axis.Scale = isLogarithmic ? .logarithmic : .linear
        if label.hasSuffix(")"), let open = label.lastIndex(of: "(") {
            let unit = label[label.index(after: open)...].dropLast()
            return Axis(
                label[..<open].trimmingCharacters(in: .whitespaces), unit: NumberText.unit(String(unit)), scale: scale
            )
        }
        for separator in [" / ", ", "] {
            guard let range = label.range(of: separator, options: .backwards) else { continue }
            return Axis(
                String(label[..<range.lowerBound]), unit: NumberText.unit(String(label[range.upperBound...])),
                scale: scale)
        }
        return Axis(label, scale: scale)
    }

    private static func series(_ curve: CalibrationRecord.Curve, _ kind: String, named: Bool) -> Series {
        let name = named ? QuantityName.words(curve.name) : ""
        let sigma = curve.sigma.count == curve.y.count ? curve.sigma : []
        switch kind {
        case "histogram":
            return Series(name, .bars(width: width(curve)), x: curve.x, y: curve.y)
        case "linearity": return Series(named ? name : "measured", .points, x: curve.x, y: curve.y, sigma: sigma)
        case "spectrum", "clearance": return Series(name, .line, x: curve.x, y: curve.y)
        default:
            return Series(name, curve.x.count > 200 ? .line : .lineAndPoints, x: curve.x, y: curve.y, sigma: sigma)
        }
    }

    private static func width(_ curve: CalibrationRecord.Curve) -> Double {
        zip(curve.x.dropFirst(), curve.x).map { abs($0 - $1) }.filter { $0 > 0 }.min() ?? 1
    }

    /// The Gaussian with the mean, variance and area of the bars.
    private static func gaussian(_ curve: CalibrationRecord.Curve) -> Series? {
        let total = curve.y.reduce(0, +)
        guard total > 0 else { return nil }
        let mean = zip(curve.x, curve.y).reduce(0) { $0 + $1.0 * $1.1 } / total
        let variance = zip(curve.x, curve.y).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 } / total
        guard variance > 0, let low = curve.x.min(), let high = curve.x.max(), high > low else { return nil }
        let scale = total * width(curve) / (2 * Double.pi * variance).squareRoot()
        let x = (0...200).map { low + (high - low) * Double($0) / 200 }
        return Series(
            "Gaussian of the same variance", .line, x: x,
            y: x.map { scale * exp(-($0 - mean) * ($0 - mean) / (2 * variance)) })
    }

    /// The parabola through the points by least squares: what the eye compares them with. The record's own fit is
    /// weighted and stands in the table.
    private static func quadratic(_ curve: CalibrationRecord.Curve) -> Series? {
        guard curve.x.count >= 4, let low = curve.x.min(), let high = curve.x.max(), high > low else { return nil }
        let u = curve.x.map { ($0 - low) / (high - low) }
        var matrix = [[Double]](repeating: [0, 0, 0, 0], count: 3)
        for (u, y) in zip(u, curve.y) {
            let powers = [1, u, u * u]
            for row in 0..<3 {
                for column in 0..<3 { matrix[row][column] += powers[row] * powers[column] }
                matrix[row][3] += powers[row] * y
            }
        }
        for pivot in 0..<3 {
            guard abs(matrix[pivot][pivot]) > 1e-12 else { return nil }
            for row in 0..<3 where row != pivot {
                let factor = matrix[row][pivot] / matrix[pivot][pivot]
                for column in pivot..<4 { matrix[row][column] -= factor * matrix[pivot][column] }
            }
        }
        let c = (0..<3).map { matrix[$0][3] / matrix[$0][$0] }
        guard c.allSatisfy(\.isFinite) else { return nil }
        let points = (0...60).map { Double($0) / 60 }
        return Series(
            "parabola through the points", .line, x: points.map { low + (high - low) * $0 },
            y: points.map { c[0] + c[1] * $0 + c[2] * $0 * $0 })
    }
}
