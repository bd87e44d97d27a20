/// Axes, grid, limits and the plot inside them.
struct SVGFrame {
    let chart: Chart
    let x: AxisMapping
    let y: AxisMapping
    let xTicks: AxisTicks
    let yTicks: AxisTicks
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    /// Nil if there is nothing to span.
    init?(_ chart: Chart, width: Double, top: Double, bottom: Double) {
        guard let x = chart.xMapping, let y = chart.yMapping else { return nil }
        self.chart = chart
        (self.x, self.y, self.top) = (x, y, top)
        self.bottom = bottom - 48
        right = width - 20
        yTicks = AxisTicks(y.range, scale: y.scale, count: max(3, Int((self.bottom - top) / 50)))
        left = 34 + (yTicks.labelled.map { SVGPage.width($0.label, size: 12) }.max() ?? 30)
        xTicks = AxisTicks(x.range, scale: x.scale, count: max(3, Int((right - left) / 80)))
    }

    func draw(_ svg: inout SVGText) {
        // A nested <svg> clips without an identifier, which would have to be unique on the page.
        let plot: (inout SVGText, (inout SVGText) -> Void) -> Void = { svg, body in
            svg.begin(
                "svg",
                [
                    "x": SVGPage.n(left), "y": SVGPage.n(top), "width": SVGPage.n(right - left),
                    "height": SVGPage.n(bottom - top), "overflow": "hidden",
                ])
            body(&svg)
            svg.end()
        }
        plot(&svg) { svg in
            drawGrid(&svg)
            let marks = SVGMarks(x: x, y: y, width: right - left, height: bottom - top)
            marks.draw(&svg, bands: chart.limits)
            for (index, series) in chart.series.enumerated() { marks.draw(&svg, series, Palette.series(index)) }
            marks.draw(&svg, lines: chart.limits)
        }
        drawAxes(&svg)
    }

    private func drawGrid(_ svg: inout SVGText) {
        for (ticks, mapping, vertical) in [(xTicks, x, true), (yTicks, y, false)] {
            var major = ""
            var minor = ""
            for tick in ticks.labelled { major += line(mapping, tick.value, vertical) }
            for value in ticks.minor { minor += line(mapping, value, vertical) }
            if !minor.isEmpty { svg.element("path", ["d": minor, "stroke": "#f0f0f0", "stroke-width": "0.8"]) }
            if !major.isEmpty { svg.element("path", ["d": major, "stroke": "#dcdcdc", "stroke-width": "1"]) }
        }
    }

    private func line(_ mapping: AxisMapping, _ value: Double, _ vertical: Bool) -> String {
        guard let position = mapping.position(value) else { return "" }
        return vertical
            ? "M\(SVGPage.n(position * (right - left))) 0v\(SVGPage.n(bottom - top))"
            : "M0 \(SVGPage.n((1 - position) * (bottom - top)))h\(SVGPage.n(right - left))"
    }

    private func drawAxes(_ svg: inout SVGText) {
        svg.element(
            "rect",
            [
                "x": SVGPage.n(left), "y": SVGPage.n(top), "width": SVGPage.n(right - left),
                "height": SVGPage.n(bottom - top), "fill": "none", "stroke": "#222222", "stroke-width": "1",
            ])
        for tick in xTicks.labelled {
            guard let position = x.position(tick.value) else { continue }
            svg.element(
                "text",
                [
                    "x": SVGPage.n(left + position * (right - left)), "y": SVGPage.n(bottom + 17),
                    "text-anchor": "middle", "font-size": "12",
                ], tick.label)
        }
        for tick in yTicks.labelled {
            guard let position = y.position(tick.value) else { continue }
            svg.element(
                "text",
                [
                    "x": SVGPage.n(left - 6), "y": SVGPage.n(bottom - position * (bottom - top) + 4),
                    "text-anchor": "end", "font-size": "12",
                ], tick.label)
        }
        svg.element(
            "text",
            [
                "x": SVGPage.n((left + right) / 2), "y": SVGPage.n(bottom + 38), "text-anchor": "middle",
            ], chart.x.label(xTicks))
        let middle = SVGPage.n((top + bottom) / 2)
        svg.element(
            "text",
            ["x": "16", "y": middle, "text-anchor": "middle", "transform": "rotate(-90 16 \(middle))"],
            chart.y.label(yTicks))
    }
}

extension Axis {
    /// Title and unit, with the power of ten that the ticks were divided by.
    func label(_ ticks: AxisTicks) -> String {
        let parts = [ticks.exponent == 0 ? "" : DecimalText.power(ticks.exponent), unit].filter { !$0.isEmpty }
        return parts.isEmpty ? title : "\(title) (\(parts.joined(separator: " ")))"
    }
}
