/// The names of the series above the plot, in as many rows as they need.
struct SVGLegend {
    private struct Entry {
        var index: Int
        var series: Series
        var x: Double
        var row: Int
    }

    private var entries: [Entry] = []
    private var rows = 0
    private static let rowHeight = 18.0
    private static let sample = 30.0

    init(_ chart: Chart, width: Double) {
        var x = 0.0
        for (index, series) in chart.series.enumerated() where !series.name.isEmpty {
            let needed = Self.sample + 6 + SVGPage.width(series.name, size: 12) + 14
            if rows == 0 { rows = 1 }
            if x > 0, x + needed > width { (x, rows) = (0, rows + 1) }
            entries.append(Entry(index: index, series: series, x: x, row: rows - 1))
            x += needed
        }
    }

    var height: Double { Double(rows) * Self.rowHeight }

    func draw(_ svg: inout SVGText, x: Double, y: Double) {
        for entry in entries {
            let look = Palette.series(entry.index)
            let (left, middle) = (x + entry.x, y + Double(entry.row) * Self.rowHeight + 9)
            switch entry.series.mark {
            case .bars:
                svg.element(
                    "rect",
                    [
                        "x": SVGPage.n(left + 6), "y": SVGPage.n(middle - 5), "width": "18", "height": "10",
                        "fill": look.colour, "fill-opacity": "0.45", "stroke": look.colour,
                    ])
            case .line, .lineAndPoints, .points:
                if entry.series.mark != .points {
                    svg.element(
                        "path",
                        [
                            "d": "M\(SVGPage.n(left)) \(SVGPage.n(middle))h\(SVGPage.n(Self.sample))",
                            "stroke": look.colour, "stroke-width": "2", "stroke-dasharray": look.dash, "fill": "none",
                        ])
                }
                if entry.series.mark != .line {
                    svg.symbol(look, x: left + Self.sample / 2, y: middle)
                }
            }
            svg.element(
                "text", ["x": SVGPage.n(left + Self.sample + 6), "y": SVGPage.n(middle + 4), "font-size": "12"],
                entry.series.name)
        }
    }
}

extension SVGText {
    /// A symbol of a point.
    mutating func symbol(_ look: Palette, x: Double, y: Double) {
        let n = SVGPage.n
        switch look.symbol {
        case .circle: element("circle", ["cx": n(x), "cy": n(y), "r": "3", "fill": look.colour])
        case .square:
            element(
                "rect", ["x": n(x - 3), "y": n(y - 3), "width": "6", "height": "6", "fill": look.colour])
        case .triangle: element("path", ["d": "M\(n(x)) \(n(y - 4))l4 7h-8z", "fill": look.colour])
        case .diamond: element("path", ["d": "M\(n(x)) \(n(y - 4.5))l4 4.5l-4 4.5l-4-4.5z", "fill": look.colour])
        }
    }
}
