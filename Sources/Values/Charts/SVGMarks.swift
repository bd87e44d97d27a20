/// Data and limits inside the frame, in the frame's own coordinates.
struct SVGMarks {
    let x: AxisMapping
    let y: AxisMapping
    let width: Double
    let height: Double

    private func px(_ value: Double) -> Double? { x.position(value).map { clamp($0) * width } }
    private func py(_ value: Double) -> Double? { y.position(value).map { (1 - clamp($0)) * height } }

    /// What lies far outside is clipped anyway; viewers dislike coordinates of 1e12.
    private func clamp(_ position: Double) -> Double { min(10, max(-9, position)) }

    func draw(_ svg: inout SVGText, _ series: Series, _ look: Palette) {
        if case .bars(let barWidth) = series.mark { bars(&svg, series, look, width: barWidth) }
        if series.mark == .line || series.mark == .lineAndPoints {
            let path = line(series)
            if !path.isEmpty {
                svg.element(
                    "path",
                    [
                        "d": path, "fill": "none", "stroke": look.colour, "stroke-width": "1.8",
                        "stroke-linejoin": "round", "stroke-dasharray": look.dash,
                    ])
            }
        }
        errorBars(&svg, series, look)
        if series.mark == .points || series.mark == .lineAndPoints {
            for index in series.x.indices {
                if let x = px(series.x[index]), let y = py(series.y[index]) { svg.symbol(look, x: x, y: y) }
            }
        }
    }

    /// The path of a line; a gap wherever a point has no place. Where many points share a pixel column, only first,
    /// least, greatest and last are kept: the picture is the same.
    private func line(_ series: Series) -> String {
        var path = ""
        var run: [(x: Double, y: Double)] = []
        for index in series.x.indices {
            if let x = px(series.x[index]), let y = py(series.y[index]) {
                run.append((x, y))
            } else {
                path += Self.path(run)
                run = []
            }
        }
        return path + Self.path(run)
    }

    private static func path(_ run: [(x: Double, y: Double)]) -> String {
        guard let first = run.first else { return "" }
        // A lone point between gaps would be invisible as a line.
        if run.count == 1 { return "M\(SVGPage.n(first.x - 1)) \(SVGPage.n(first.y))h2" }
        var path = "M"
        var column: [(x: Double, y: Double)] = []
        func flush() {
            let kept: [(x: Double, y: Double)]
            if column.count > 4, let least = column.indices.min(by: { column[$0].y < column[$1].y }),
                let greatest = column.indices.max(by: { column[$0].y < column[$1].y })
            {
                kept = Set([0, least, greatest, column.count - 1]).sorted().map { column[$0] }
            } else {
                kept = column
            }
            for point in kept { path += (path.count == 1 ? "" : "L") + "\(SVGPage.n(point.x)) \(SVGPage.n(point.y))" }
            column = []
        }
        for point in run {
            if let last = column.last, last.x.rounded(.down) != point.x.rounded(.down) { flush() }
            column.append(point)
        }
        flush()
        return path
    }

    private func bars(_ svg: inout SVGText, _ series: Series, _ look: Palette, width barWidth: Double) {
        var path = ""
        let floor = y.scale == .linear ? py(0) ?? height : height
        for index in series.x.indices {
            guard let from = px(series.x[index] - barWidth / 2), let to = px(series.x[index] + barWidth / 2),
                let top = py(series.y[index]), series.y[index] != 0
            else { continue }
            path += "M\(SVGPage.n(from)) \(SVGPage.n(floor))V\(SVGPage.n(top))H\(SVGPage.n(to))V\(SVGPage.n(floor))z"
        }
        guard !path.isEmpty else { return }
        svg.element(
            "path",
            ["d": path, "fill": look.colour, "fill-opacity": "0.45", "stroke": look.colour, "stroke-width": "0.6"])
    }

    private func errorBars(_ svg: inout SVGText, _ series: Series, _ look: Palette) {
        var path = ""
        for (index, sigma) in series.sigma.enumerated() where sigma.isFinite && sigma > 0 {
            guard let x = px(series.x[index]), let high = py(series.y[index] + sigma), py(series.y[index]) != nil
            else { continue }
            // On a logarithmic axis a bar that reaches 0 ends at the frame.
            let low = py(series.y[index] - sigma) ?? height
            path += "M\(SVGPage.n(x - 3)) \(SVGPage.n(high))h6m-3 0V\(SVGPage.n(low))m-3 0h6"
        }
        guard !path.isEmpty else { return }
        svg.element("path", ["d": path, "fill": "none", "stroke": look.colour, "stroke-width": "1.2"])
    }

    func draw(_ svg: inout SVGText, bands limits: [Limit]) {
        for limit in limits where limit.from != limit.to {
            let look = Palette.limit(limit.meaning)
            let (a, b) = (edge(limit, limit.from, 0), edge(limit, limit.to, 1))
            let (low, high) = (min(a, b), max(a, b))
            let attributes: KeyValuePairs<String, String> =
                switch limit.axis {
                case .x:
                    [
                        "x": SVGPage.n(low), "y": "0", "width": SVGPage.n(high - low), "height": SVGPage.n(height),
                        "fill": look.colour, "fill-opacity": "0.12",
                    ]
                case .y:
                    [
                        "x": "0", "y": SVGPage.n(low), "width": SVGPage.n(width), "height": SVGPage.n(high - low),
                        "fill": look.colour, "fill-opacity": "0.12",
                    ]
                }
            svg.element("rect", attributes)
            label(&svg, limit, at: (low + high) / 2, look, among: limits)
        }
    }

    func draw(_ svg: inout SVGText, lines limits: [Limit]) {
        for limit in limits where limit.from == limit.to {
            let look = Palette.limit(limit.meaning)
            guard let at = limit.axis == .x ? px(limit.from) : py(limit.from) else { continue }
            let path =
                limit.axis == .x
                ? "M\(SVGPage.n(at)) 0v\(SVGPage.n(height))" : "M0 \(SVGPage.n(at))h\(SVGPage.n(width))"
            svg.element(
                "path", ["d": path, "stroke": look.colour, "stroke-width": "1.4", "stroke-dasharray": look.dash])
            label(&svg, limit, at: at, look, among: limits)
        }
    }

    /// Where a band ends; an infinite one at the edge of the plot, `end` 0 or 1 along its axis.
    private func edge(_ limit: Limit, _ value: Double, _ end: Double) -> Double {
        switch limit.axis {
        case .x: px(value) ?? end * width
        case .y: py(value) ?? (1 - end) * height
        }
    }

    /// Words beside a limit, kept inside the plot, on a light ground; of a vertical limit at the top, or at the bottom
    /// if a horizontal one runs there.
    private func label(
        _ svg: inout SVGText, _ limit: Limit, at place: Double, _ look: Palette, among limits: [Limit]
    ) {
        guard !limit.label.isEmpty else { return }
        let topIsTaken = limits.contains { other in
            other.axis == .y && [py(other.from), py(other.to)].contains { $0.map { $0 < 36 } ?? false }
        }
        let size = 11.0
        let long = SVGPage.width(limit.label, size: size)
        let (x, y): (Double, Double) =
            switch limit.axis {
            case .x: (place + 4 + long > width ? place - 4 - long : place + 4, topIsTaken ? height - 8 : 14)
            case .y: (width - long - 4, place < 18 ? place + 13 : place - 4)
            }
        svg.element(
            "text",
            [
                "x": SVGPage.n(x), "y": SVGPage.n(y), "font-size": SVGPage.n(size), "fill": look.colour,
                "stroke": "#ffffff", "stroke-width": "3", "paint-order": "stroke",
            ], limit.label)
    }
}
