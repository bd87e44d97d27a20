public import Calibration

/// Which calibrations are due, and what shows it.
public struct DueDocument: Codable, Sendable, Hashable {
    /// Whether any is.
    public var isDue: Bool
    /// What is due, and why.
    public var reasons: [RecalibrationReason]
    /// Windows that can be compared only with a lit unit.
    public var notJudged: [String]
    /// What is wrong with the store: a damaged record cannot say that it is due.
    public var damage: [String]

    /// The document of what was found.
    public init(reasons: [RecalibrationReason], notJudged: [String], damage: [String]) {
        isDue = !reasons.isEmpty
        self.reasons = reasons
        self.notJudged = notJudged
        self.damage = damage
    }
}
