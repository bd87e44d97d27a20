internal import Glibc
internal import UnitProtocol

/// Whether slots of a kind lie as independent draws would. Every figure is a number of standard deviations; its bound of
/// six is passed by chance twice in 10⁹ figures (normal approximation).
struct KindStatistics {
    /// How the number of slots differs from what the fraction says.
    let count: Double
    /// How the number of changes between neighbours differs from independence.
    let changes: Double
    /// How slots that lie 2 … 8 apart agree, the worst of them.
    let agreement: Double

    static let bound = 6.0

    /// `hits` in the order of slots, all of them neighbours; `fraction` is what was asked for.
    init(_ hits: [Bool], fraction: Double) {
        let slots = Double(hits.count)
        let found = Double(hits.count(where: \.self))
        count = (found - fraction * slots) / (slots * fraction * (1 - fraction)).squareRoot()
        let equal = fraction * fraction + (1 - fraction) * (1 - fraction)
        func deviation(_ lag: Int) -> Double {
            guard hits.count > lag + 10 else { return 0 }
            let pairs = Double(hits.count - lag)
            let same = Double(zip(hits, hits.dropFirst(lag)).count { $0 == $1 })
            // Pairs that share a slot are correlated unless the fraction is one half: their covariance is added.
            let share =
                fraction * fraction * fraction + (1 - fraction) * (1 - fraction) * (1 - fraction) - equal * equal
            let variance = pairs * equal * (1 - equal) + 2 * max(0, pairs - Double(lag)) * share
            return (same - pairs * equal) / variance.squareRoot()
        }
        changes = -deviation(1)
        agreement = (2...8).map(deviation).max { abs($0) < abs($1) } ?? 0
    }
}

extension ConformanceSuite {
    static let kindChecks = [
        ConformanceCheck(
            "kinds-random", "Kinds are placed at random, with the fractions that were asked for", .session,
            says: "drawn independently for each slot by the unit's own random numbers", capabilities: .standalone
        ) { unit, trial in
            let recording = try await unit.standalone()
            let kinds = recording.kinds
            // Only slots without a loss between them: neighbours have to be neighbours.
            let slots = kinds.keys.sorted()
            try trial.require(slots.count >= 100, "\(slots.count) slots came, 100 are needed")
            let wanted: [(SymbolKind, Double)] =
                unit.isAlice
                ? [(.training, recording.request.trainingFraction)]
                : [(.vacuum, recording.request.vacuumFraction), (.dark, recording.request.darkFraction)]
            trial.measure("slots", Double(slots.count), "1")
            for (kind, fraction) in wanted {
                let statistics = KindStatistics(slots.map { kinds[$0] == kind }, fraction: fraction)
                let name = kind.description.lowercased()
                trial.measure("\(name)_count_deviation", statistics.count, "1", .within(KindStatistics.bound))
                trial.measure("\(name)_changes_deviation", statistics.changes, "1", .within(KindStatistics.bound))
                trial.measure("\(name)_agreement_deviation", statistics.agreement, "1", .within(KindStatistics.bound))
            }
        },
        ConformanceCheck(
            "kinds-differ", "Two sessions have their kinds in different places", .session,
            says: "drawn by the unit's own random numbers: nobody who knows one session can tell the next",
            capabilities: .standalone
        ) { unit, trial in
            let first = try await unit.standalone().kinds
            let second = try await unit.record(try await unit.plan(), slots: 120).kinds
            let common = first.keys.filter { second[$0] != nil }
            try trial.require(common.count >= 60, "\(common.count) slots can be compared, 60 are needed")
            let same = common.count { first[$0] == second[$0] }
            // By chance half of them agree (Bob: 0.36): all of 60 with a probability below 1e-18.
            trial.measure("agreeing_slots", Double(same) / Double(common.count), "1", ConformanceLimits(high: 0.95))
        },
    ]
}
