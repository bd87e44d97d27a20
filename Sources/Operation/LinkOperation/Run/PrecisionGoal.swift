public import QuadratureAnalysis

/// Standard deviations at which a session has shown enough; nil for one that does not matter.
public struct PrecisionGoal: Sendable, Hashable {
    /// Of ξ̂_in, SNU.
    public var excessNoise: Double?
    /// Of T̂, as a part of T̂.
    public var transmittance: Double?

    /// A goal; nil if neither matters.
    public init?(excessNoise: Double?, transmittance: Double?) {
        guard excessNoise != nil || transmittance != nil else { return nil }
        self.excessNoise = excessNoise
        self.transmittance = transmittance
    }

    /// Whether an estimate is as precise; one that does not exist is not.
    public func isReached(by health: LinkHealth?) -> Bool {
        guard let health else { return false }
        if let excessNoise, !(health.excessNoise.sigma.value <= excessNoise) { return false }
        let relative = health.transmittance.sigma.value / abs(health.transmittance.value.value)
        if let transmittance, !(relative <= transmittance) { return false }
        return true
    }
}
