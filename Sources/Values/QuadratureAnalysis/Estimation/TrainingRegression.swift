/// The regression over training frames.
///
/// A type of its own, so that training data cannot reach `ChannelEstimator` by accident: training frames are link
/// health, not security. Whoever can tell them from signal attacks only the signal.
public struct TrainingRegression: Sendable, Hashable, Codable {
    /// The sums.
    public private(set) var sums: ChannelRegression

    /// No symbols yet.
    public init(detection: Detection) { sums = ChannelRegression(detection: detection) }

    /// Sums over training symbols that were added up elsewhere.
    public init(_ sums: ChannelRegression) { self.sums = sums }

    /// How Bob measured.
    public var detection: Detection { sums.detection }

    /// Symbols added.
    public var symbols: Int64 { sums.symbols }

    /// Adds a block of heterodyne data: see `ChannelRegression`.
    public mutating func add(alice: Span<Int16>, bob: Span<Int16>, delay: Int = 0) {
        sums.add(alice: alice, bob: bob, delay: delay)
    }

    /// Adds a block of homodyne data: see `ChannelRegression`.
    public mutating func add(alice: Span<Int16>, bob: Span<Int16>, basis: Span<UInt8>, delay: Int = 0) {
        sums.add(alice: alice, bob: bob, basis: basis, delay: delay)
    }

    /// Adds another accumulator's symbols. Both must have the same detection.
    public mutating func merge(_ other: TrainingRegression) { sums.merge(other.sums) }

    /// Solves for the gain and the residual: see `ChannelRegression`.
    public func fit() throws(EstimateFailure) -> GainFit { try sums.fit() }

    /// Whether these can be sums over int16 samples. Whoever takes sums from elsewhere asks first.
    public var isPlausible: Bool { sums.isPlausible }
}
