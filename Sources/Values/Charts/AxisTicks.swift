// The standard library has no logarithm and no power function.
import Glibc

/// Where an axis is marked, and how.
struct AxisTicks: Sendable, Hashable {
    /// Marks with their labels, ascending.
    var labelled: [(value: Double, label: String)] = []
    /// Marks without.
    var minor: [Double] = []
    /// What the labels were divided by: 10^`exponent`, to be said in the axis' title.
    var exponent = 0

    static func == (lhs: AxisTicks, rhs: AxisTicks) -> Bool {
        lhs.minor == rhs.minor && lhs.exponent == rhs.exponent
            && lhs.labelled.map(\.value) == rhs.labelled.map(\.value)
            && lhs.labelled.map(\.label) == rhs.labelled.map(\.label)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(labelled.map(\.value)) }

    /// Ticks for a range, about `count` of them.
    init(_ range: ClosedRange<Double>, scale: Axis.Scale, count: Int) {
        switch scale {
        case .linear: linear(range, count)
        case .logarithmic:
            let decades = log10(range.upperBound) - log10(range.lowerBound)
            // Within one decade powers of ten say nothing.
            if decades < 1 { linear(range, count) } else { logarithmic(range, decades, count) }
        }
    }

    /// Steps of 1, 2 or 5 times a power of ten.
    private mutating func linear(_ range: ClosedRange<Double>, _ count: Int) {
        let wanted = (range.upperBound - range.lowerBound) / Double(max(1, count))
        let decade = pow(10, log10(wanted).rounded(.down))
        let ratio = wanted / decade
        let step = decade * (ratio < 1.4 ? 1 : ratio < 3.2 ? 2 : ratio < 7 ? 5 : 10)
        let largest = max(range.lowerBound.magnitude, range.upperBound.magnitude)
        let order = Int(log10(largest).rounded(.down))
        if order >= 5 || order < -2 { exponent = Int((Double(order) / 3).rounded(.down)) * 3 }
        let unit = pow(10, Double(exponent))
        let places = max(0, -Int(log10(step / unit * 1.000_001).rounded(.down)))
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        // A range that is narrower than its numbers are exact has no ticks of its own.
        guard first <= last, last - first < 1000, first.magnitude < 1e12 else { return }
        for index in stride(from: first, through: last, by: 1) {
            labelled.append((index * step, DecimalText.label(index * step / unit, places)))
        }
    }

    /// Powers of ten, fewer if there are many; between them 2 and 5 if there are few.
    private mutating func logarithmic(_ range: ClosedRange<Double>, _ decades: Double, _ count: Int) {
        let low = Int((log10(range.lowerBound) - 1e-9).rounded(.down))
        let high = Int((log10(range.upperBound) + 1e-9).rounded(.up))
        let every = max(1, Int((decades / Double(max(1, count))).rounded()))
        let plain = low >= -3 && high <= 4
        for power in low...high {
            for factor in 1...9 {
                let value = Double(factor) * pow(10, Double(power))
                guard value >= range.lowerBound * (1 - 1e-9), value <= range.upperBound * (1 + 1e-9) else { continue }
                let shown = factor == 1 ? power % every == 0 : decades <= 2 && (factor == 2 || factor == 5)
                if shown {
                    let text =
                        plain
                        ? DecimalText.label(value, max(0, -power))
                        : (factor == 1 ? "" : "\(factor)·") + DecimalText.power(power)
                    labelled.append((value, text))
                } else if decades <= 12 {
                    minor.append(value)
                }
            }
        }
    }
}
