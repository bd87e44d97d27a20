/// A chart: what is drawn, not how. `svg()` writes it for a page, `terminal(columns:rows:)` for a terminal. The same
/// chart gives the same text, byte for byte.
public struct Chart: Sendable, Hashable {
    /// What the chart shows; also what a screen reader says.
    public var title: String
    /// A sentence for those who do not see it; nil if the title is enough.
    public var summary: String?
    /// What has to stand below it wherever it is shown, such as what it does not claim; nil for nothing.
    public var caption: String?
    /// The abscissa.
    public var x: Axis
    /// The ordinate.
    public var y: Axis
    /// What is drawn, the first at the bottom.
    public var series: [Series]
    /// Lines and bands that data are compared with, below the data.
    public var limits: [Limit]

    /// A chart.
    public init(
        _ title: String, summary: String? = nil, caption: String? = nil, x: Axis, y: Axis, series: [Series] = [],
        limits: [Limit] = []
    ) {
        self.title = title
        self.summary = summary
        self.caption = caption
        self.x = x
        self.y = y
        self.series = series
        self.limits = limits
    }
}

/// One axis.
public struct Axis: Sendable, Hashable {
    /// How numbers become lengths.
    public enum Scale: Sendable, Hashable {
        /// Equal differences are equal lengths.
        case linear
        /// Equal ratios are equal lengths; what is not positive is not drawn.
        case logarithmic
    }

    /// What it is: "Excess noise at the input".
    public var title: String
    /// Its unit, "SNU"; empty for a number without one.
    public var unit: String
    /// Linear or logarithmic.
    public var scale: Scale
    /// What it spans; nil spans the data and the limits.
    public var range: ClosedRange<Double>?

    /// An axis.
    public init(_ title: String, unit: String = "", scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
        self.title = title
        self.unit = unit
        self.scale = scale
        self.range = range
    }
}
