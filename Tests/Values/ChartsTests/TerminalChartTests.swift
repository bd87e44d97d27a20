import Charts
import Testing

/// What a terminal shows. Literal text: a change of it is a change for everybody who reads it.
struct TerminalChartTests {
    @Test func `a small chart, character by character`() {
        let chart = Chart(
            "A line", x: Axis("Length", unit: "km", range: 0...40), y: Axis("Rate", unit: "bit", range: 0...4),
            series: [Series("straight", .line, x: [0, 40], y: [4, 0])])
        #expect(
            chart.terminal(columns: 30, rows: 8) == """
                A line
                Rate (bit)
                4 ┤⠑⠢⢄
                  │   ⠉⠒⠤⡀
                  │      ⠈⠑⠢⣀
                  │          ⠉⠒⢄⡀
                2 ┤             ⠈⠑⠤⣀
                  │                 ⠉⠢⢄⡀
                  │                    ⠈⠒⠤⣀
                0 ┤                        ⠑⠢⢄
                  └┬────────────┬────────────┬
                   0           20           40
                           Length (km)
                  ⠤⠤⠤⠤⠤⠤  straight
                """)
    }

    static let series: [Series] = [
        Series("line", .line, x: [0, 1, 2, 3], y: [1, 10, .nan, 100]),
        Series("points", .points, x: [0, 1.5, 3], y: [2, 20, 200], sigma: [1, 1, 1]),
        Series("bars", .bars(width: 1), x: [0, 1, 2, 3], y: [5, 6, 7, 0]),
    ]

    @Test(arguments: [10, 30, 40, 80, 200], [1, 8, 30])
    func `nothing is wider than the terminal`(columns: Int, rows: Int) {
        for scale in [Axis.Scale.linear, .logarithmic] {
            let chart = Chart(
                "A title that is much too long for a narrow terminal and has to be cut somewhere",
                caption: "a caption", x: Axis("An abscissa of some length", unit: "samples"),
                y: Axis("y", unit: "SNU", scale: scale), series: Self.series,
                limits: [
                    .line(.y, at: 50, "a limit that has a long name, longer than a narrow terminal"), .line(.x, at: 2),
                ])
            let lines = chart.terminal(columns: columns, rows: rows).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.allSatisfy { $0.count <= max(30, columns) })
            #expect(lines.allSatisfy { $0.last != " " })
            #expect(lines.count >= max(8, rows) + 5)
        }
    }

    @Test func `without data it says so`() {
        let chart = Chart("Nothing", x: Axis("x"), y: Axis("y"), series: [Series("a", .line, x: [.nan], y: [1])])
        #expect(chart.terminal(columns: 80) == "Nothing\nno data")
        #expect(chart.svg().contains(">no data</text>"))
    }
}
