import ArgumentParser
import QuadratureAnalysis

/// FROM:TO:STEP in km.
struct DistanceRange: Sendable, Equatable {
    var from: Double
    var to: Double
    var step: Double

    static let mostSteps = 10_000.0

    @Sendable static func read(_ text: String) throws -> DistanceRange {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double(String($0)) }
        guard parts.count == 3, let from = parts[0], let to = parts[1], let step = parts[2],
            from.isFinite, to.isFinite, step.isFinite, from >= 0, to >= from, step > 0
        else {
            throw ValidationError("A sweep is FROM:TO:STEP in km, such as 0:120:10, and '\(text)' is not.")
        }
        guard (to - from) / step <= mostSteps else {
            throw ValidationError("A sweep has at most \(Int(mostSteps)) steps. Take longer ones than \(step) km.")
        }
        return DistanceRange(from: from, to: to, step: step)
    }

    /// The distances, TO included if a step ends there.
    var distances: [Double] {
        let steps = Int(((to - from) / step + 1e-9).rounded(.down))
        return (0...steps).map { from + Double($0) * step }
    }
}

/// A link whose fibre gets longer.
struct DistanceSweep: Sendable {
    var scenario: KeyRateScenario
    var range: DistanceRange
    /// dB/km.
    var fibreLoss: Double
    /// dB of everything that is not fibre.
    var otherLoss: Double

    struct Point: Sendable {
        var distance: Double
        var result: KeyRateResult
    }

    func transmittance(_ distance: Double) -> Transmittance {
        Transmittance(loss: Decibels(fibreLoss * distance + otherLoss))
    }

    func points() throws(KeyRateFailure) -> [Point] {
        var points: [Point] = []
        for distance in range.distances {
            points.append(Point(distance: distance, result: try scenario.result(transmittance(distance))))
        }
        return points
    }

    /// How far the key goes, seen from where the sweep begins.
    enum Reach: Sendable, Equatable {
        /// The rate is positive up to this many km.
        case distance(Double)
        /// There is no key where the sweep begins.
        case nowhere
        /// There still is one at the loss of `limit`.
        case beyond(Double)

        /// km.
        var distance: Double? {
            switch self {
            case .distance(let distance): distance
            case .nowhere, .beyond: nil
            }
        }
    }

    /// Beyond it nobody builds links, and a rate of 1e-7 bits means nothing.
    static let deepestLoss = 70.0

    /// Where `rate` of the two rates stops being positive: looked for in steps of 0.1 dB, then halved.
    func reach(_ rate: (Double, Double?) -> Double?) throws(KeyRateFailure) -> Reach {
        func holds(_ distance: Double) throws(KeyRateFailure) -> Bool {
            let rates = try scenario.rates(transmittance(distance))
            return (rate(rates.asymptotic, rates.finite) ?? 0) > 0
        }
        guard try holds(range.from) else { return .nowhere }
        var (low, high) = (range.from, range.from + 0.1 / fibreLoss)
        while try holds(high) {
            guard fibreLoss * high + otherLoss < Self.deepestLoss else { return .beyond(high) }
            (low, high) = (high, high + 0.1 / fibreLoss)
        }
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if try holds(middle) { low = middle } else { high = middle }
        }
        return .distance(low)
    }

    func asymptoticReach() throws(KeyRateFailure) -> Reach { try reach { asymptotic, _ in asymptotic } }

    /// Nil without a block.
    func finiteReach() throws(KeyRateFailure) -> Reach? {
        scenario.plan == nil ? nil : try reach { _, finite in finite }
    }
}
