extension Chart {
    /// The chart as one `<svg>` element for a page, or as a file of its own.
    ///
    /// It scales with its container, needs no script, no style sheet and no identifiers, and prints well.
    ///
    /// - Parameters:
    ///   - width: of its coordinate system, px.
    ///   - height: the same.
    public func svg(width: Int = 640, height: Int = 400) -> String {
        let page = SVGPage(chart: self, width: Double(max(240, width)), height: Double(max(160, height)))
        return page.text
    }
}

/// One chart on its page.
struct SVGPage {
    let chart: Chart
    let width: Double
    let height: Double

    static let font = 13.0

    var text: String {
        var svg = SVGText()
        svg.begin(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(Self.n(width)) \(Self.n(height))",
                "width": Self.n(width), "height": Self.n(height), "role": "img", "aria-label": chart.title,
                "font-family": "'DejaVu Sans', Verdana, sans-serif", "font-size": Self.n(Self.font), "fill": "#222222",
                "style": "max-width:100%;height:auto",
            ])
        svg.element("title", [:], chart.title)
        if let summary = chart.summary { svg.element("desc", [:], summary) }
        svg.element("rect", ["width": Self.n(width), "height": Self.n(height), "fill": "#ffffff"])
        svg.element(
            "text",
            ["x": Self.n(width / 2), "y": "20", "text-anchor": "middle", "font-weight": "bold", "font-size": "14"],
            chart.title)
        let legend = SVGLegend(chart, width: width - 24)
        legend.draw(&svg, x: 12, y: 30)
        if let frame = SVGFrame(
            chart, width: width, top: 38 + legend.height, bottom: height - (chart.caption == nil ? 0 : 16))
        {
            frame.draw(&svg)
        } else {
            svg.element(
                "text", ["x": Self.n(width / 2), "y": Self.n(height / 2), "text-anchor": "middle", "fill": "#555555"],
                "no data")
        }
        if let caption = chart.caption {
            svg.element(
                "text",
                [
                    "x": Self.n(width - 12), "y": Self.n(height - 8), "text-anchor": "end", "font-size": "10",
                    "fill": "#555555",
                ], caption)
        }
        svg.end()
        return svg.text
    }

    static func n(_ value: Double) -> String { DecimalText.coordinate(value) }

    /// About how wide a text is: there are no font metrics here, and too wide is better than too narrow.
    static func width(_ text: String, size: Double = font) -> Double { Double(text.count) * size * 0.62 }
}
