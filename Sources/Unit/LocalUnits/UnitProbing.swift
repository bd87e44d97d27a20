internal import UnitControl
internal import UnitTransport

/// A look at everything that is plugged in while it goes on: all units are asked side by side, none may hold up the others,
/// and none gets more time than its budget.
public final class UnitProbing: Sendable {
    private let selectors: [UnitSelector]
    private let candidates: [UnitCandidate]
    private let clock: HostClock
    private let found: Guarded<[Int: ProbedUnit]>

    init(
        _ finder: LocalUnitFinder, _ candidates: [UnitCandidate], named selectors: [UnitSelector],
        within budget: Duration
    ) {
        self.selectors = selectors
        self.candidates = candidates
        clock = finder.clock
        let found = Guarded([Int: ProbedUnit]())
        self.found = found
        for (index, candidate) in candidates.enumerated() {
            // Neither is waited for: closing a line whose unit takes nothing can last longer than anybody should wait.
            let asking = Task(executorPreference: clock.executor) {
                let unit = await finder.probe(candidate, within: budget * 3 / 4)
                found.withLock { $0[index] = $0[index] ?? unit }
            }
            Task(executorPreference: clock.executor) { [clock] in
                try? await clock.sleep(for: budget)
                asking.cancel()
                found.withLock { $0[index] = $0[index] ?? Self.late(candidate, budget) }
            }
        }
    }

    private static func late(_ candidate: UnitCandidate, _ budget: Duration) -> ProbedUnit {
        var unit = ProbedUnit(candidate)
        unit.fail(
            .tooSlow(doing: "it has not said who it is and what it does", milliseconds: budget.wholeMilliseconds))
        return unit
    }

    /// What has come within this time, of units that were named if some were; nil if that is all.
    public func early(after patience: Duration) async -> [ProbedUnit]? {
        let limit = clock.now + patience
        while !isComplete, clock.now < limit {
            do { try await clock.sleep(for: .milliseconds(10)) } catch { break }
        }
        return isComplete ? nil : named(in: units)
    }

    /// All units, or those that were named, also when they are absent; one that is reachable in several ways is listed once,
    /// with its best connection first.
    public func all() async -> [ProbedUnit] {
        while !isComplete {
            do { try await clock.sleep(for: .milliseconds(10)) } catch { break }
        }
        let units = units
        let missing = selectors.filter { selector in !units.contains { $0.isNamed(by: selector) } }
        return named(in: units) + missing.map { ProbedUnit(missing: $0, among: units) }
    }

    private var isComplete: Bool { found.withLock { $0.count == candidates.count } }

    private var units: [ProbedUnit] {
        found.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value).mergedBySerialNumber()
    }

    private func named(in units: [ProbedUnit]) -> [ProbedUnit] {
        selectors.isEmpty ? units : units.filter { unit in selectors.contains { unit.isNamed(by: $0) } }
    }
}
