/// Data of one kind in a chart. Points that are not numbers are left out and break a line.
public struct Series: Sendable, Hashable {
    /// How it is drawn.
    public enum Mark: Sendable, Hashable {
        /// A line through the points, in their order.
        case line
        /// A symbol for each point.
        case points
        /// Both.
        case lineAndPoints
        /// A bar for each point, `width` wide on the x axis, around x: a histogram. On a logarithmic y axis it stands
        /// on the axis, else on 0.
        case bars(width: Double)
    }

    /// Name in the legend; a series without one has none there.
    public var name: String
    /// How it is drawn.
    public var mark: Mark
    /// Abscissae.
    public var x: [Double]
    /// Ordinates, as many.
    public var y: [Double]
    /// Half lengths of the error bars; empty for none.
    public var sigma: [Double]

    /// A series. Lengths that differ are a bug.
    public init(_ name: String, _ mark: Mark, x: [Double], y: [Double], sigma: [Double] = []) {
        precondition(x.count == y.count, "an ordinate for each abscissa")
        precondition(sigma.isEmpty || sigma.count == y.count, "an error bar for each point, or none")
        self.name = name
        self.mark = mark
        self.x = x
        self.y = y
        self.sigma = sigma
    }
}

/// What data are compared with.
public struct Limit: Sendable, Hashable {
    /// The axis that it is a value of.
    public enum Axis: Sendable, Hashable {
        /// A vertical line or band.
        case x
        /// A horizontal one.
        case y
    }

    /// What it means.
    public enum Meaning: Sendable, Hashable {
        /// Beyond it: fail. Red.
        case limit
        /// Beyond it: marginal. Amber.
        case marginal
        /// Neither good nor bad. Grey.
        case note
    }

    /// The axis.
    public var axis: Axis
    /// First value.
    public var from: Double
    /// Second value; the same for a line.
    public var to: Double
    /// Words beside it; empty for none.
    public var label: String
    /// What it means.
    public var meaning: Meaning

    /// A line.
    public static func line(_ axis: Axis, at value: Double, _ label: String = "", _ meaning: Meaning = .limit) -> Limit
    {
        Limit(axis: axis, from: value, to: value, label: label, meaning: meaning)
    }

    /// A band between two values; an infinite one reaches the edge.
    public static func band(
        _ axis: Axis, _ from: Double, _ to: Double, _ label: String = "", _ meaning: Meaning = .marginal
    ) -> Limit {
        Limit(axis: axis, from: min(from, to), to: max(from, to), label: label, meaning: meaning)
    }
}
