internal import CalibrationRecords
public import Foundation
internal import LinkControl

/// An installation on its way from the bare fibre to its dossier: the steps in their order, each kept before it begins and
/// when it is done, and every fibre touched only after both units were read back as dark. Cancel the task to end it; every
/// step leaves both units dark.
public struct Commissioning: Sendable {
    let alice: any SelfTestingEnd
    let bob: any SelfTestingEnd
    let plan: CommissioningPlan
    let hands: any Operator
    let archive: any CommissioningArchive
    let context: CalibrationContext
    let now: @Sendable () -> Date
    let describe: @Sendable (any Error) -> String

    /// - Parameters:
    ///   - hands: who is asked, and hears what happens.
    ///   - context: who does it and where, for the records.
    ///   - now: the wall clock.
    ///   - describe: how the checklist says what stopped a step.
    public init(
        alice: any SelfTestingEnd, bob: any SelfTestingEnd, plan: CommissioningPlan, operator hands: any Operator,
        archive: any CommissioningArchive, context: CalibrationContext,
        now: @escaping @Sendable () -> Date = { Date() },
        describe: @escaping @Sendable (any Error) -> String = { "\($0)" }
    ) {
        self.alice = alice
        self.bob = bob
        self.plan = plan
        self.hands = hands
        self.archive = archive
        self.context = context
        self.now = now
        self.describe = describe
    }

    /// Carries out what is next until nothing is, and returns the checklist with all that was found. Throws
    /// `CommissioningFailure`, `CancellationError`, or what operator and archive throw; what was done until then is kept.
    public func run(_ checklist: CommissioningChecklist) async throws -> CommissioningChecklist {
        var checklist = checklist
        if checklist[.fibre].state == .done { try await foresee(checklist) }
        while let step = checklist.next {
            try Task.checkCancellation()
            try await carryOut(step, &checklist)
            // From here on the loss is known, and whether what is planned can succeed on it.
            if step == .fibre, checklist[.fibre].state == .done { try await foresee(checklist) }
        }
        return checklist
    }

    /// Makes what is left to do, so that a plan that cannot succeed on this loss is refused before hours are spent on the steps
    /// before it.
    private func foresee(_ checklist: CommissioningChecklist) async throws {
        try Task.checkCancellation()
        do {
            _ = try await plans(checklist)
        } catch let failure as CalibrationFailure {
            if failure == .cancelled { throw CancellationError() }
            guard case .unreachable(let goal) = failure else { throw CommissioningFailure.procedure(failure) }
            let isOfFibre = goal.loss != nil && checklist[.fibre].record != nil
            throw CommissioningFailure.procedure(failure, isOfFibre ? checklist.suspect(for: .pair, nil) : nil)
        }
    }

    /// One step, kept before and after.
    private func carryOut(_ step: CommissioningStep, _ checklist: inout CommissioningChecklist) async throws {
        checklist.begin(step)
        try archive.keep(checklist)
        hands.hear(.began(step))
        let found: NamedFinding
        do {
            found = try await perform(step, checklist)
        } catch {
            let error = explained(error, step, checklist)
            // The soak's points are in the archive, not in this copy. What stopped the step is said even if it cannot be
            // kept.
            var latest = (try? archive.checklist()) ?? checklist
            latest.stop(step, because: describe(error))
            do { try archive.keep(latest) } catch { hands.hear(.stopNotKept(error)) }
            throw error
        }
        checklist.finish(step, found.record, stored: found.stored)
        try archive.keep(checklist)
        hands.hear(.finished(step, found.record, stored: found.stored))
        try await judge(step, found.record, &checklist)
    }

    /// Outside limits: somebody decides; where nobody is, it ends, unless the plan says to go on.
    private func judge(
        _ step: CommissioningStep, _ record: CalibrationRecord, _ checklist: inout CommissioningChecklist
    ) async throws {
        guard record.outcome == .fail || record.outcome == .incomplete else { return }
        let suspect = checklist.suspect(for: step, record)
        if step == .pair, record.measurement("margin")?.outcome == .fail {
            let symbols = try await symbolsForMargin(record)
            checklist.want(symbols: symbols, for: step)
            try archive.keep(checklist)
            hands.hear(.wanted(symbols: symbols))
        }
        guard !plan.acceptsFailures else { return }
        switch hands.isPresent ? try await hands.decision(on: step, record, suspect: suspect) : .stop {
        case .again:
            checklist.begin(step)
            try archive.keep(checklist)
        case .suspectAgain:
            for again in [suspect?.step, step].compactMap({ $0 }) { checklist.begin(again) }
            try archive.keep(checklist)
        case .goOn: return
        case .stop: throw CommissioningFailure.outsideLimits(step, record, suspect)
        }
    }

    /// What stopped a step, with the earlier one that may be the reason: a pair that does not find each other may have been
    /// planned by another fibre's loss.
    private func explained(
        _ error: any Error, _ step: CommissioningStep, _ checklist: CommissioningChecklist
    ) -> any Error {
        guard case CommissioningFailure.procedure(let failure, _) = error, case .link(let reason) = failure else {
            return error
        }
        switch reason {
        case .noEstimate, .syncLost:
            return CommissioningFailure.procedure(failure, checklist.suspect(for: step, nil))
        default: return error
        }
    }

    /// What a step found, and its name in the store if it left a record there.
    struct NamedFinding {
        var record: CalibrationRecord
        var stored: String?
    }
}
