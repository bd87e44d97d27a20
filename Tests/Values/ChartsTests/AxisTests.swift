import Testing

@testable import Charts

/// Ticks at round numbers, in ranges that instruments have.
struct AxisTests {
    @Test(arguments: [
        (0.0...10.0, Axis.Scale.linear, ["0", "2", "4", "6", "8", "10"], 0),
        (0...0.011, .linear, ["0.000", "0.002", "0.004", "0.006", "0.008", "0.010"], 0),
        (-1...1, .linear, ["−1.0", "−0.5", "0.0", "0.5", "1.0"], 0),
        (0...2.5e6, .linear, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"], 6),
        (0...4e-5, .linear, ["0", "10", "20", "30", "40"], -6),
        (11_900...12_100, .linear, ["11900", "11950", "12000", "12050", "12100"], 0),
        (0.01...100, .logarithmic, ["0.01", "0.1", "1", "10", "100"], 0),
        (1e-9...1e-5, .logarithmic, ["10⁻⁹", "10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"], 0),
        (1e4...2e5, .logarithmic, ["10⁴", "2·10⁴", "5·10⁴", "10⁵", "2·10⁵"], 0),
        (1e-30...1, .logarithmic, ["10⁻³⁰", "10⁻²⁴", "10⁻¹⁸", "10⁻¹²", "10⁻⁶", "10⁰"], 0),
        // Less than a decade: powers of ten say nothing.
        (2...7, .logarithmic, ["2", "3", "4", "5", "6", "7"], 0),
    ])
    func `ticks are round`(range: ClosedRange<Double>, scale: Axis.Scale, labels: [String], exponent: Int) {
        let ticks = AxisTicks(range, scale: scale, count: 5)
        #expect(ticks.labelled.map(\.label) == labels)
        #expect(ticks.exponent == exponent)
        for tick in ticks.labelled {
            #expect(tick.value >= range.lowerBound - 1e-9 * abs(range.lowerBound) - 1e-15)
            #expect(tick.value <= range.upperBound * (1 + 1e-9))
        }
    }

    @Test func `the power of ten of the labels is in the title`() {
        let ticks = AxisTicks(0...2.5e6, scale: .linear, count: 5)
        #expect(Axis("Rate", unit: "bit/s").label(ticks) == "Rate (10⁶ bit/s)")
        #expect(Axis("Count").label(ticks) == "Count (10⁶)")
        #expect(Axis("Count").label(AxisTicks(0...5, scale: .linear, count: 5)) == "Count")
    }

    @Test func `a range comes from data, limits and error bars`() throws {
        var chart = Chart(
            "", x: Axis("x"), y: Axis("y"),
            series: [Series("", .points, x: [1, 2, .nan], y: [10, 20, .infinity], sigma: [5, 1, 1])])
        #expect(try #require(chart.yMapping).range.contains(5))
        #expect(try #require(chart.yMapping).range.lowerBound > 3)
        #expect(try #require(chart.xMapping).range.upperBound < 2.1)
        chart.limits = [.line(.y, at: 100)]
        #expect(try #require(chart.yMapping).range.contains(100))
        chart.y.range = 0...50
        #expect(try #require(chart.yMapping).range == 0...50)
        chart.y = Axis("y", scale: .logarithmic, range: 0...50)
        // 0 is not on a logarithmic axis: the data's own range.
        #expect(try #require(chart.yMapping).range.lowerBound > 0)
    }

    @Test(arguments: [Axis.Scale.linear, .logarithmic])
    func `one value alone still has a range around it`(scale: Axis.Scale) throws {
        for value in [5.0, 1e-12, 3e200] {
            let mapping = try #require(
                AxisMapping(Axis("", scale: scale), values: [value], padding: 0.05, keepingZero: true))
            #expect(mapping.range.lowerBound < value && value < mapping.range.upperBound)
            let middle = try #require(mapping.position(value))
            #expect(abs(middle - 0.5) < 0.01)
        }
        #expect(AxisMapping(Axis("", scale: .logarithmic), values: [0, -1], padding: 0, keepingZero: true) == nil)
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (-0.001, 2, "0.00"), (1.005, 0, "1"), (-1.5, 1, "-1.5"), (0.05, 2, "0.05"),
        (12_345, 0, "12345"),
        (1e300, 2, "1e+300"),
    ])
    func `decimals`(value: Double, places: Int, text: String) { #expect(DecimalText.fixed(value, places) == text) }

    @Test func `coordinates are short`() {
        #expect(DecimalText.coordinate(12) == "12")
        #expect(DecimalText.coordinate(12.30) == "12.3")
        #expect(DecimalText.coordinate(-0.004) == "0")
    }
}
