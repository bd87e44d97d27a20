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
}
