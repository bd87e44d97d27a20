// The standard library has no logarithm.
import Glibc

/// From numbers to lengths along one axis.
struct AxisMapping: Sendable, Hashable {
    let scale: Axis.Scale
    let range: ClosedRange<Double>

    /// The axis' own range, or what spans `values` with some air; nil if there is nothing to span.
    ///
    /// - Parameters:
    ///   - padding: share of the span to leave free on both sides.
    ///   - keepingZero: data that begin or end at 0 keep it as their floor.
    init?(_ axis: Axis, values: some Sequence<Double>, padding: Double, keepingZero: Bool) {
        scale = axis.scale
        let logarithmic = axis.scale == .logarithmic
        if let range = axis.range, range.lowerBound < range.upperBound, range.lowerBound.isFinite,
            range.upperBound.isFinite, !logarithmic || range.lowerBound > 0
        {
            self.range = range
            return
        }
        var (low, high) = (Double.infinity, -Double.infinity)
        for value in values where Self.hasPlace(value, scale) {
            (low, high) = (min(low, value), max(high, value))
        }
        guard low <= high else { return nil }
        if logarithmic {
            if low == high { (low, high) = (low / 2, high * 2) }
            let air = pow(high / low, padding)
            range = max(low / air, .leastNormalMagnitude)...min(high * air, .greatestFiniteMagnitude)
        } else {
            if high - low <= max(1e-12 * max(low.magnitude, high.magnitude), Self.least) {
                let air = low.magnitude < Self.least ? 1 : low.magnitude * 0.05
                (low, high) = (low - air, high + air)
            }
            let air = padding * (high - low)
            range = (keepingZero && low == 0 ? 0 : low - air)...(keepingZero && high == 0 ? 0 : high + air)
        }
    }

    /// Beyond these, differences of the numbers would be infinite or 0: they are not drawn.
    private static let (least, greatest) = (1e-300, 1e300)

    private static func hasPlace(_ value: Double, _ scale: Axis.Scale) -> Bool {
        switch scale {
        case .linear: value.magnitude < greatest
        case .logarithmic: value > least && value < greatest
        }
    }

    /// 0 at the lower end, 1 at the upper; beyond them outside. Nil for what has no place on the axis.
    func position(_ value: Double) -> Double? {
        guard Self.hasPlace(value, scale) else { return nil }
        switch scale {
        case .linear:
            return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        case .logarithmic:
            return (log(value) - log(range.lowerBound)) / (log(range.upperBound) - log(range.lowerBound))
        }
    }
}

extension Chart {
    /// The x axis as it is drawn; bars count with their width.
    var xMapping: AxisMapping? {
        var values = limits.filter { $0.axis == .x }.flatMap { [$0.from, $0.to] }
        var air = 0.0
        for one in series {
            switch one.mark {
            case .bars(let width): values += one.x.flatMap { [$0 - width / 2, $0 + width / 2] }
            case .points, .lineAndPoints:
                values += one.x
                air = 0.03
            case .line: values += one.x
            }
        }
        return AxisMapping(x, values: values, padding: air, keepingZero: false)
    }

    /// The y axis as it is drawn; error bars count, bars reach 0.
    var yMapping: AxisMapping? {
        var values = limits.filter { $0.axis == .y }.flatMap { [$0.from, $0.to] }
        for one in series {
            values += one.y
            values += zip(one.y, one.sigma).flatMap { [$0 - $1, $0 + $1] }
            if case .bars = one.mark { values.append(0) }
        }
        // A symbol on the frame is half hidden.
        let hasPoints = series.contains { $0.mark == .points || $0.mark == .lineAndPoints }
        return AxisMapping(y, values: values, padding: 0.05, keepingZero: !hasPoints)
    }
}
