/// How many samples a measurement of the excess noise takes, to be shown before it starts.
public struct SamplePlan: Sendable, Hashable {
    /// How Bob measures: samples per symbol.
    public let detection: Detection
    /// n_on: quadrature samples of vacuum.
    public let vacuumSamples: Int64
    /// m: pairs of Alice's and Bob's quadrature samples.
    public let signalSamples: Int64
    /// Slots of all kinds that must pass, at the planned shares.
    public let symbols: Int64
    /// The σ(ξ_in) that this gives.
    public let sigma: ExcessNoise<Plane.Input>

    /// How long it takes, s, at a symbol rate in Hz.
    public func duration(symbolRate: Double) -> Double { Double(symbols) / symbolRate }
}
