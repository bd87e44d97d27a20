/// V_A as Alice's own calibration left it. That record verifies the scale of her words as a ratio (docs/calibration.md): the
/// value stays what her unit states, and this is how well it is known.
public struct CalibratedModulation: Sendable, Hashable {
    /// σ(V_A)/V_A.
    public var relativeSigma: Double
    /// Name of her record.
    public var record: String

    /// A modulation variance's uncertainty. Nil for one that is no number: it must not pass as an exact one.
    public init?(relativeSigma: Double, record: String) {
        guard relativeSigma >= 0, relativeSigma.isFinite else { return nil }
        self.relativeSigma = relativeSigma
        self.record = record
    }
}
