public import LinkOperation

/// A window of a receiver that is watched without a link.
public struct WatchedShotNoiseDocument: Codable, Sendable, Hashable {
    /// Serial number.
    public var unit: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// `stream`, or `moments`: the unit's own sums.
    public var source: String
    /// Since the first window began.
    public var elapsedSeconds: Double
    /// Loss for which the effects on ξ_in are stated, dB.
    public var lossDecibels: Double
    /// Where the shot noise stands.
    public var liveShotNoise: LiveShotNoiseDocument

    /// The document of a window.
    public init(
        unit: String, isEmulated: Bool, isSummedByUnit: Bool, elapsed: Double, loss: Double,
        _ liveShotNoise: LiveShotNoiseDocument
    ) {
        self.unit = unit
        emulated = isEmulated
        source = isSummedByUnit ? "moments" : "stream"
        elapsedSeconds = elapsed
        lossDecibels = loss
        self.liveShotNoise = liveShotNoise
    }
}
