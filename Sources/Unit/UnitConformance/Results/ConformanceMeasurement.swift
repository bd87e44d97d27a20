/// Within what a measured number has to lie. A limit that does not exist is nil.
public struct ConformanceLimits: Sendable, Equatable {
    /// Lowest value that passes.
    public var low: Double?
    /// Highest value that passes.
    public var high: Double?
    /// A passing value below this is marginal.
    public var marginalLow: Double?
    /// A passing value above this is marginal.
    public var marginalHigh: Double?

    /// Limits with an optional band inside them.
    public init(low: Double? = nil, high: Double? = nil, marginalLow: Double? = nil, marginalHigh: Double? = nil) {
        self.low = low
        self.high = high
        self.marginalLow = marginalLow
        self.marginalHigh = marginalHigh
    }

    /// At most `high`; the last tenth of it is marginal.
    public static func atMost(_ high: Double) -> ConformanceLimits {
        ConformanceLimits(high: high, marginalHigh: 0.9 * high)
    }

    /// At least `low`.
    public static func atLeast(_ low: Double) -> ConformanceLimits { ConformanceLimits(low: low) }

    /// Exactly this value.
    public static func exactly(_ value: Double) -> ConformanceLimits { ConformanceLimits(low: value, high: value) }

    /// Between the two; the outer fifth on either side is marginal. For statistics in standard deviations.
    public static func within(_ bound: Double) -> ConformanceLimits {
        ConformanceLimits(low: -bound, high: bound, marginalLow: -0.8 * bound, marginalHigh: 0.8 * bound)
    }

    func allow(_ value: Double) -> Bool { value >= low ?? -.infinity && value <= high ?? .infinity }

    func isMarginal(_ value: Double) -> Bool {
        allow(value) && (value < marginalLow ?? -.infinity || value > marginalHigh ?? .infinity)
    }
}

/// One number that a check has measured, its limits, and whether it lies within them.
public struct ConformanceMeasurement: Sendable, Equatable {
    /// Name in lower_snake_case, unique within its check.
    public let name: String
    /// The value; NaN is within no limits.
    public let value: Double
    /// SI unit, "1" for numbers without one.
    public let unit: String
    /// What the protocol allows; nil for a value that is only reported.
    public let limits: ConformanceLimits?

    /// A value with its limits.
    public init(_ name: String, _ value: Double, unit: String, limits: ConformanceLimits?) {
        self.name = name
        self.value = value
        self.unit = unit
        self.limits = limits
    }

    /// Whether the value lies within its limits.
    public var passes: Bool { limits?.allow(value) ?? true }

    /// Whether it passes, and hardly.
    public var isMarginal: Bool { limits?.isMarginal(value) ?? false }
}
