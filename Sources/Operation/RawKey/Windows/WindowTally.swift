/// How windows ended.
public struct WindowTally: Sendable, Equatable, Codable {
    /// Windows that were begun.
    public var attempted = 0
    /// Released.
    public var passed = 0
    /// Revoked for what evidence or statements said.
    public var revoked = 0
    /// Revoked because an end, the channel or this agent was lost.
    public var interrupted = 0
    /// Ended before they had their samples.
    public var insufficient = 0

    /// None.
    public init() {}

    /// Counts an outcome.
    public mutating func count(_ outcome: WindowOutcome) {
        switch outcome {
        case .released: passed += 1
        case .revoked(.insufficient): insufficient += 1
        case .revoked(let reason): if reason.isSecurity { revoked += 1 } else { interrupted += 1 }
        }
    }
}
