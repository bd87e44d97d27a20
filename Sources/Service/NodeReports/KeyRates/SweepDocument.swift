public import SignalAnalysis
/// A sweep: what the points have in common, where the key ends, and the points.
public struct SweepDocument: Codable, Sendable, Hashable {
    /// A length of the fibre.
    public struct Point: Codable, Sendable, Hashable {
        /// km.
        public var distanceKilometres: Double
        /// What is planned there.
        public var link: KeyRateDocument
    }

    /// What the rates assume.
    public var label: String
    /// dB/km.
    public var fibreLossDecibelsPerKilometre: Double
    /// dB of everything that is not fibre.
    public var otherLossDecibels: Double
    /// Where the asymptotic rate ends, km.
    @ExplicitNull public var asymptoticReachKilometres: Double?
    /// Where the rate of the block ends, km.
    @ExplicitNull public var finiteReachKilometres: Double?
    /// Why figures are null, by the figure's name.
    public var reasons: [String: String] = [:]
    /// The fibre at each length.
    public var points: [Point]

    /// The document of a sweep; `finite` is nil without a block.
    public init(
        _ sweep: DistanceSweep, _ points: [DistanceSweep.Point], asymptotic: DistanceSweep.Reach,
        finite: DistanceSweep.Reach?
    ) {
        label = sweep.scenario.label
        fibreLossDecibelsPerKilometre = sweep.fibreLoss
        otherLossDecibels = sweep.otherLoss
        asymptoticReachKilometres = asymptotic.distance
        finiteReachKilometres = finite?.distance
        reasons["asymptoticReachKilometres"] = asymptotic.reason
        reasons["finiteReachKilometres"] = finite?.reason
        self.points = points.map {
            Point(distanceKilometres: $0.distance, link: KeyRateDocument(sweep.scenario, $0.result))
        }
    }
}
