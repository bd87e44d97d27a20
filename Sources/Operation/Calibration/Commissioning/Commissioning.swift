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
        while let step = checklist.next {
            try Task.checkCancellation()
            try await carryOut(step, &checklist)
        }
        return checklist
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
        guard record.outcome == .fail || record.outcome == .incomplete, !plan.acceptsFailures else { return }
        switch hands.isPresent ? try await hands.decision(on: step, record) : .stop {
        case .again:
            checklist.begin(step)
            try archive.keep(checklist)
        case .goOn: return
        case .stop: throw CommissioningFailure.outsideLimits(step, record)
        }
    }

    /// What a step found, and its name in the store if it left a record there.
    struct NamedFinding {
        var record: CalibrationRecord
        var stored: String?
    }
}
