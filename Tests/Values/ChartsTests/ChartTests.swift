import Charts
import Testing

/// What a chart's text says; how it looks is for eyes.
struct ChartTests {
    static let rate = Chart(
        "Key rate <a & b>", summary: "It falls.", x: Axis("Distance", unit: "km"),
        y: Axis("Rate", unit: "bit", scale: .logarithmic),
        series: [
            Series("asymptotic \"K\"", .line, x: [0, 10, 20, 30], y: [0.1, 0.01, 0.001, -1]),
            Series("measured", .points, x: [5, 15], y: [0.05, 0.004], sigma: [0.01, 0.005]),
        ],
        limits: [.line(.x, at: 22, "ends"), .band(.y, 0.001, 0.002, "marginal")])

    @Test func `text is escaped and what XML cannot hold is replaced`() {
        var chart = Self.rate
        chart.title += "\u{0}'\n"
        let svg = chart.svg()
        #expect(svg.contains("<title>Key rate &lt;a &amp; b&gt;\u{fffd}&#39; </title>"))
        #expect(svg.contains("aria-label=\"Key rate &lt;a"))
        #expect(svg.contains("asymptotic &quot;K&quot;"))
        #expect(svg.contains("<desc>It falls.</desc>"))
        #expect(!svg.contains("<a &"))
        #expect(!svg.unicodeScalars.contains("\u{0}"))
    }

    @Test func `the same chart is the same text`() {
        #expect(Self.rate.svg() == Self.rate.svg())
        #expect(Self.rate.terminal(columns: 60) == Self.rate.terminal(columns: 60))
    }

    @Test func `axes carry title and unit`() {
        let svg = Self.rate.svg()
        #expect(svg.contains(">Distance (km)</text>"))
        #expect(svg.contains(">Rate (bit)</text>"))
        #expect(svg.contains(">ends</text>") && svg.contains(">marginal</text>"))
    }

    @Test func `a caption stands below`() {
        var chart = Self.rate
        chart.caption = "planning figure; not a security claim"
        #expect(chart.svg().contains(">planning figure; not a security claim</text>"))
    }

    /// Two charts on one page must not meet in their identifiers; there are none. And nothing is fetched or run.
    @Test func `a chart can stand on any page`() {
        let svg = Self.rate.svg()
        for word in [" id=", "<script", "href", "url(", "@import"] { #expect(!svg.contains(word), "\(word)") }
        #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 400\""))
        #expect(svg.hasSuffix("</svg>\n"))
    }

    @Test func `series differ by colour, by dash and by symbol`() {
        let series = (0..<4).map { Series("s\($0)", .lineAndPoints, x: [0, 1], y: [Double($0), Double($0) + 1]) }
        let svg = Chart("", x: Axis("x"), y: Axis("y"), series: series).svg()
        for look in [
            "#0072b2", "#d55e00", "#009e73", "#a0447f", "dasharray=\"7 3\"", "dasharray=\"2 3\"", "<circle", "l4 7h-8z",
        ] {
            #expect(svg.contains(look), "\(look)")
        }
    }

    @Test
    func `a point that is no number breaks the line, and what is not positive has no place on a logarithmic axis`() {
        func path(_ y: [Double], _ scale: Axis.Scale) -> String {
            let xs = y.indices.map(Double.init)
            let chart = Chart("", x: Axis("x"), y: Axis("y", scale: scale), series: [Series("", .line, x: xs, y: y)])
            let svg = chart.svg()
            let line = svg.split(separator: "\n").first { $0.contains("stroke-linejoin") } ?? ""
            return String(line)
        }
        #expect(path([1, 2, 3, 4], .linear).split(separator: "M").count == 2)
        #expect(path([1, 2, .nan, 4, 5], .linear).split(separator: "M").count == 3)
        #expect(path([1, 2, -3, 4, 5], .logarithmic).split(separator: "M").count == 3)
        #expect(path([1, 2, -3, 4, 5], .linear).split(separator: "M").count == 2)
        // Alone between two gaps it still shows.
        #expect(path([1, .nan, 3, .nan, 5], .linear).split(separator: "M").count == 4)
    }

    /// A spectrum of a million points is as long as the picture is wide, and its peaks are still there.
    @Test func `many points are thinned without losing the extremes`() {
        let count = 200_000
        var y = (0..<count).map { Double($0 % 7) }
        y[123_457] = 1000
        let svg = Chart(
            "", x: Axis("x"), y: Axis("y", range: 0...1000),
            series: [Series("", .line, x: y.indices.map(Double.init), y: y)]
        ).svg()
        #expect(svg.utf8.count < 60_000)
        let line = svg.split(separator: "\n").first { $0.contains("stroke-linejoin") } ?? ""
        #expect(line.contains(" 0L") || line.contains(" 0\""), "the peak reaches the top")
    }

    @Test func `text that a unit or an operator wrote cannot leave its place`() {
        let evil = "\"/><script>alert(1)</script>"
        let chart = Chart(
            evil, summary: evil, caption: evil, x: Axis(evil, unit: evil), y: Axis(evil, unit: evil),
            series: [Series(evil, .line, x: [0, 1], y: [0, 1])], limits: [.line(.y, at: 0.5, evil)])
        #expect(!chart.svg().contains("<script"))
    }
}
