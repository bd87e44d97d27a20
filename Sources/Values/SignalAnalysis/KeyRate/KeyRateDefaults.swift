internal import QuadratureAnalysis

/// What is taken for a link of which nobody has said otherwise.
public enum KeyRateDefaults {
    /// ε of each bound and term: the value at which the reference figures of the field are stated.
    public static let failureProbability = FailureProbability.customary.value
    /// β of most published key rates: good codes reach it, and a plan with a higher one is a promise.
    public static let reconciliation = 0.95
    /// Share of a block that is disclosed for estimation: half, as in the published figures that tests compare with.
    public static let estimationFraction = 0.5
    /// dB/km of standard single-mode fibre at 1550 nm, as its data sheets state it.
    public static let fibreLoss = 0.2
    /// dB that a planned channel may lose: no link is near the end of it, and its 1e-20 can still be divided by.
    public static let losses: ClosedRange<Double> = 0...200
}
