extension Double {
    /// JSON has neither NaN nor infinity: what is not a number is null there.
    public var finite: Double? { isFinite ? self : nil }

    /// A rate as key: 0 below 0. Nil if it is not a number.
    var asKey: Double? { isFinite ? Swift.max(0, self) : nil }
}
