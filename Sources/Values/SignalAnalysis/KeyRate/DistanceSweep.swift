public import QuadratureAnalysis
internal import ReadableText

/// A link whose fibre gets longer.
public struct DistanceSweep: Sendable, Hashable {
    /// Everything but the loss.
    public var scenario: KeyRateScenario
    /// Lengths of the fibre.
    public var range: DistanceRange
    /// dB/km.
    public var fibreLoss: Double
    /// dB of everything that is not fibre.
    public var otherLoss: Double

    /// A sweep.
    public init(
        scenario: KeyRateScenario, range: DistanceRange, fibreLoss: Double = KeyRateDefaults.fibreLoss,
        otherLoss: Double = 0
    ) {
        self.scenario = scenario
        self.range = range
        self.fibreLoss = fibreLoss
        self.otherLoss = otherLoss
    }

    /// What is planned at a length.
    public struct Point: Sendable, Hashable {
        /// km.
        public var distance: Double
        /// All figures there.
        public var result: KeyRateResult
    }

    /// T of the channel at a length.
    public func transmittance(_ distance: Double) -> Transmittance {
        Transmittance(loss: Decibels(loss(distance)))
    }

    /// dB of the channel at a length.
    public func loss(_ distance: Double) -> Double { fibreLoss * distance + otherLoss }

    /// Whether all of its links can be computed: noise that is referred to the input is greatest at the far end.
    public func check() throws(KeyRateFailure) {
        for end in [range.from, range.to] { _ = try scenario.link(transmittance(end)) }
    }

    /// All figures at every length.
    public func points() throws(KeyRateFailure) -> [Point] {
        var points: [Point] = []
        for distance in range.distances {
            points.append(Point(distance: distance, result: try scenario.result(transmittance(distance))))
        }
        return points
    }

    /// How far the key goes, seen from where the sweep begins.
    public enum Reach: Sendable, Hashable {
        /// The rate is positive up to this many km.
        case distance(Double)
        /// There is no key where the sweep begins.
        case nowhere
        /// There still is one at this many km, at the deepest loss.
        case beyond(Double)

        /// km.
        public var distance: Double? {
            switch self {
            case .distance(let distance): distance
            case .nowhere, .beyond: nil
            }
        }

        /// Why there is no distance.
        public var reason: String? {
            switch self {
            case .distance: nil
            case .nowhere: "no key where the sweep begins"
            case .beyond(let distance): "still a key at \(NumberText.significant(distance, digits: 3)) km"
            }
        }
    }

    /// dB. Beyond it nobody builds links, and a rate of 1e-7 bits means nothing.
    static let deepestLoss = 70.0
    /// dB between lengths at which the end of the key is looked for: within that, a rate does not end and begin again.
    static let lossStep = 0.1
    /// So often the last step is halved: 2^(−60) of it is below the precision of a Double.
    static let halvings = 60

    /// Where `rate` of the two rates stops being positive.
    private func reach(_ rate: (Double, Double?) -> Double?) throws(KeyRateFailure) -> Reach {
        func holds(_ distance: Double) throws(KeyRateFailure) -> Bool {
            let rates = try scenario.rates(transmittance(distance))
            return (rate(rates.asymptotic, rates.finite) ?? 0) > 0
        }
        guard try holds(range.from) else { return .nowhere }
        var (low, high) = (range.from, range.from + Self.lossStep / fibreLoss)
        while try holds(high) {
            guard loss(high) < Self.deepestLoss else { return .beyond(high) }
            (low, high) = (high, high + Self.lossStep / fibreLoss)
        }
        for _ in 0..<Self.halvings {
            let middle = (low + high) / 2
            if try holds(middle) { low = middle } else { high = middle }
        }
        return .distance(low)
    }

    /// Where the asymptotic rate ends.
    public func asymptoticReach() throws(KeyRateFailure) -> Reach { try reach { asymptotic, _ in asymptotic } }

    /// Where the rate of the block ends; nil without a block.
    public func finiteReach() throws(KeyRateFailure) -> Reach? {
        scenario.plan == nil ? nil : try reach { _, finite in finite }
    }
}
