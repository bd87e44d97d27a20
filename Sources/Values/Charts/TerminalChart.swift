extension Chart {
    /// The chart as lines of text, at most `columns` wide and about `rows` high (at least 30 and 8). Lines are told
    /// apart by their dashes, since colour is lost in a log.
    public func terminal(columns: Int, rows: Int = 20) -> String {
        TerminalPage(chart: self, columns: max(30, columns), rows: max(8, rows)).text
    }
}

/// One chart on a terminal.
struct TerminalPage {
    let chart: Chart
    let columns: Int
    let rows: Int

    var text: String {
        var lines = [String(chart.title.prefix(columns))]
        guard let x = chart.xMapping, let y = chart.yMapping else { return lines[0] + "\nno data" }
        let yTicks = AxisTicks(y.range, scale: y.scale, count: max(2, rows / 4))
        let margin = min(columns / 3, yTicks.labelled.map(\.label.count).max() ?? 0)
        var canvas = BrailleCanvas(columns: columns - margin - 2, rows: rows)
        draw(&canvas, x, y)

        lines.append(String(chart.y.label(yTicks).prefix(columns)))
        var labels: [Int: String] = [:]
        for tick in yTicks.labelled {
            guard let at = y.position(tick.value), (0...1).contains(at) else { continue }
            labels[min(rows - 1, Int((1 - at) * Double(rows)))] = tick.label
        }
        for row in 0..<rows {
            let label = String((labels[row] ?? "").prefix(margin))
            let axis = labels[row] == nil ? "│" : "┤"
            lines.append(Self.padded(label, margin) + " " + axis + canvas.text(row: row))
        }
        lines.append(contentsOf: abscissa(x, margin: margin, width: canvas.columns))
        lines.append(contentsOf: legend)
        if let caption = chart.caption { lines.append(String(caption.prefix(columns))) }
        return lines.map(Self.trimmed).joined(separator: "\n")
    }

    private func draw(_ canvas: inout BrailleCanvas, _ x: AxisMapping, _ y: AxisMapping) {
        let (across, down) = (Double(canvas.dotsAcross - 1), Double(canvas.dotsDown - 1))
        let place = { (atX: Double, atY: Double) -> (x: Int, y: Int)? in
            guard let a = x.position(atX), let b = y.position(atY) else { return nil }
            // One plot's width beyond the edge is enough for a line to leave it in the right direction.
            return (Int((min(2, max(-1, a)) * across).rounded()), Int(((1 - min(2, max(-1, b))) * down).rounded()))
        }
        let floor = place(x.range.lowerBound, 0)?.y ?? canvas.dotsDown - 1
        for (index, series) in chart.series.enumerated() {
            let dash = Self.dash(index)
            var last: (x: Int, y: Int)?
            var step = 0
            for point in series.x.indices {
                let here = place(series.x[point], series.y[point])
                if let here {
                    switch series.mark {
                    case .points: canvas.set(here.x, here.y)
                    case .bars(let width):
                        let from = place(series.x[point] - width / 2, series.y[point])?.x ?? here.x
                        let to = place(series.x[point] + width / 2, series.y[point])?.x ?? here.x
                        // The last column belongs to the next bar.
                        for column in from..<max(from + 1, to) {
                            canvas.line(from: (column, floor), to: (column, here.y), step: &step) { _ in true }
                        }
                    case .line, .lineAndPoints: canvas.line(from: last ?? here, to: here, step: &step, dash: dash)
                    }
                }
                if let here, !series.sigma.isEmpty {
                    let sigma = series.sigma[point]
                    let ends = [
                        place(series.x[point], series.y[point] - sigma),
                        place(series.x[point], series.y[point] + sigma),
                    ]
                    canvas.line(from: ends[0] ?? here, to: ends[1] ?? here, step: &step) { _ in true }
                }
                last = here
            }
        }
        for limit in chart.limits where limit.from == limit.to {
            var step = 0
            switch limit.axis {
            case .x:
                guard let at = x.position(limit.from) else { continue }
                let column = Int((at * across).rounded())
                canvas.line(from: (column, 0), to: (column, canvas.dotsDown - 1), step: &step) { $0 % 4 == 0 }
            case .y:
                guard let at = y.position(limit.from) else { continue }
                let row = Int(((1 - at) * down).rounded())
                canvas.line(from: (0, row), to: (canvas.dotsAcross - 1, row), step: &step) { $0 % 4 == 0 }
            }
        }
    }

    /// The x axis, its labels where there is room for them, and its title.
    private func abscissa(_ x: AxisMapping, margin: Int, width: Int) -> [String] {
        let ticks = AxisTicks(x.range, scale: x.scale, count: max(2, width / 12))
        var axis = Array(repeating: Character("─"), count: width)
        var labels = Array(repeating: Character(" "), count: width + margin + 2)
        var free = 0
        for tick in ticks.labelled {
            guard let at = x.position(tick.value), (0...1).contains(at) else { continue }
            let column = min(width - 1, Int(at * Double(width)))
            axis[column] = "┬"
            let start = min(labels.count - tick.label.count, margin + 2 + column - tick.label.count / 2)
            guard start >= free else { continue }
            for (offset, character) in tick.label.enumerated() { labels[start + offset] = character }
            free = start + tick.label.count + 1
        }
        let title = chart.x.label(ticks)
        let indent = max(0, min(margin + 2 + (width - title.count) / 2, columns - title.count))
        return [
            String(repeating: " ", count: margin + 1) + "└" + String(axis), String(labels),
            String((String(repeating: " ", count: indent) + title).prefix(columns)),
        ]
    }

    private var legend: [String] {
        chart.series.enumerated().compactMap { index, series in
            guard !series.name.isEmpty else { return nil }
            var sample = BrailleCanvas(columns: 6, rows: 1)
            var step = 0
            sample.line(from: (0, 2), to: (11, 2), step: &step, dash: Self.dash(index))
            return String("  \(sample.text(row: 0))  \(series.name)".prefix(columns))
        }
            + chart.limits.compactMap { limit in
                guard limit.from == limit.to, !limit.label.isEmpty else { return nil }
                return String("  ⠄ ⠄ ⠄   \(limit.label)".prefix(columns))
            }
    }

    private static func dash(_ index: Int) -> (Int) -> Bool {
        switch index % 3 {
        case 0: { _ in true }
        case 1: { $0 % 6 < 3 }
        default: { $0 % 3 == 0 }
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
