/// The JSON of a sweep: what the points have in common, where the key ends, and the points.
struct SweepDocument: Encodable, Sendable {
    struct Point: Encodable, Sendable {
        var distanceKilometres: Double
        var link: KeyRateDocument
    }

    var label: String
    var fibreLossDecibelsPerKilometre: Double
    var otherLossDecibels: Double
    @ExplicitNull var asymptoticReachKilometres: Double?
    @ExplicitNull var finiteReachKilometres: Double?
    var reasons: [String: String] = [:]
    var points: [Point]

    init(
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

extension DistanceSweep.Reach {
    /// Why there is no distance.
    var reason: String? {
        switch self {
        case .distance: nil
        case .nowhere: "no key where the sweep begins"
        case .beyond(let distance): "still a key at \(NumberText.significant(distance, digits: 3)) km"
        }
    }
}
