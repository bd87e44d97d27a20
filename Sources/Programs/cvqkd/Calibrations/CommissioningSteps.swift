import Calibration
import CalibrationRecords
import Foundation
import LinkControl
import UnitControl
import UnitProtocol

/// The steps of a commissioning, each as a procedure on the two units, or as questions.
struct CommissioningSteps: Sendable {
    let session: CommissioningSession
    let alice: Unit
    let bob: Unit
    let checklist: CommissioningChecklist
    let file: CommissioningFile

    private var options: CommissioningOptions { session.command }

    /// What a step found, and its name in the store if it left a record there.
    func perform(_ step: CommissioningStep) async throws -> (record: CalibrationRecord, stored: String?) {
        let (alice, bob, options) = (alice, bob, options)
        switch step {
        case .fibre: return (try await CommissioningFibre(steps: self).measure(), nil)
        case .warmUp:
            return try await run {
                try await CommissioningProcedures.warmUp(
                    bob: bob, alice: alice, limit: options.warmUpLimit, hold: options.hold)
            }
        case .selfTest: return try await run { CommissioningProcedures.selfTest(bob: bob, alice: alice) }
        case .receiver: return try await receiver()
        case .transmitter:
            var plan = AlicePlan()
            plan.modulationVariance = options.modulationVariance
            plan.warmUpLimit = options.warmUpLimit
            let wanted = plan
            return try await run { try await AliceCalibration.procedure(alice, plan: wanted) }
        case .polarisation:
            return try await run { try await CommissioningProcedures.polarisation(bob: bob, alice: alice) }
        case .pair:
            let soak = try await soakPlan(seconds: 0)
            var plan = PairPlan(symbolRate: soak.link.symbolRate)
            plan.symbols = UInt64(max(10_000, min(1e10, soak.link.symbolRate * options.interval)))
            plan.modulationVariance = options.modulationVariance
            plan.frameBytes = soak.link.frameBytes
            plan.warmUpLimit = options.warmUpLimit
            plan.extinctionSamples = min(plan.extinctionSamples, options.plan.vacuumSamples)
            plan.darkSamples = min(plan.darkSamples, options.plan.darkSamples)
            plan.factoryEfficiency = try session.keeper.factoryEfficiency(of: bob.identity.serial)
            plan.modulation = try await session.keeper.modulation(of: alice, beside: bob)
            plan.target = pairTarget
            plan.commissionedLoss = checklist[.fibre].record?.measurement("fibreLoss")?.value
            let wanted = plan
            return try await run { try await PairCalibration.procedure(alice: alice, bob: bob, plan: wanted) }
        case .soak:
            let plan = try await soakPlan(seconds: options.soak)
            return try await run { CommissioningProcedures.soak(bob: bob, alice: alice, plan) }
        }
    }

    /// What ξ is to be known to, at the loss that the fibre was measured with rather than the expected one.
    private var pairTarget: ExcessNoiseTarget? {
        options.plan.target.map { target in
            ExcessNoiseTarget(
                sigma: target.sigma, loss: checklist[.fibre].record?.measurement("fibreLoss")?.value ?? target.loss)
        }
    }

    /// All of `calibrate bob`. With light of known power the fibre has to come off Bob, and on again.
    private func receiver() async throws -> (record: CalibrationRecord, stored: String?) {
        var plan = options.plan
        plan.factoryEfficiency = try session.keeper.factoryEfficiency(of: bob.identity.serial)
        guard let light = options.light else {
            let wanted = plan
            return try await run { [bob] in try await BobCalibration.procedure(bob, plan: wanted) }
        }
        let live = session.live
        plan.powerReading = try await session.interruption.cancellable { try await light.read(live) }
        try await move("the light of known power to Bob's signal connector")
        let wanted = plan
        let found = try await run { [bob] in try await BobCalibration.procedure(bob, plan: wanted) }
        try await move("the fibre to Bob's signal connector again")
        return found
    }

    /// Has a fibre coupled, with the light read back before. Where nobody can be asked, an optical switch is supposed to do
    /// it, or the light to come through the fibre.
    private func move(_ what: String) async throws {
        try await KnownLight.showDark([alice, bob], before: "coupling \(what)", session.live)
        guard Questions.areAnswered, !options.yes else { return }
        let questions = Questions(interruption: session.interruption)
        guard try questions.confirm("Couple \(what). Is it coupled?") else {
            throw CommandFailure(.interrupted, "nobody coupled \(what)")
        }
    }

    /// Carries a procedure out with the progress line. A calibration of its own goes to the store, signed.
    private func run<Notes: Sendable>(
        _ make: @escaping @Sendable () async throws -> Procedure<Notes>
    ) async throws -> (record: CalibrationRecord, stored: String?) {
        let (live, context) = (session.live, session.context)
        let outcome = try await session.interruption.cancellable {
            let procedure = try await make()
            live.note(CalibrationTable.plan(procedure))
            return try await CalibrationRun(
                procedure, context: context, report: { live.show(CalibrationTable.line($0)) }
            ).perform()
        }
        live.end()
        if let failure = outcome.failure { throw CommandFailure(failure) }
        guard outcome.record.procedure != .commissioning else { return (outcome.record, nil) }
        let stored = try session.keeper.keep(outcome.record)
        live.note("signed and stored as \(stored.shortName)")
        return (stored.record, stored.name)
    }

    /// What both units and their lines can do; the soak goes on where it was interrupted, and keeps every point.
    private func soakPlan(seconds: Double) async throws -> SoakPlan {
        let (transmitter, receiver) = (try await alice.capabilities(), try await bob.capabilities())
        let training = 0.1
        let rate = StreamBudget.symbolRate(
            [
                (alice, transmitter.minimumSymbolRate, transmitter.maximumSymbolRate),
                (bob, receiver.minimumSymbolRate, receiver.maximumSymbolRate),
            ], disclosedFraction: training)
        let link = LinkPlan(
            purpose: .calibration, symbolRate: options.symbolRate ?? rate, trainingFraction: training,
            modulationVariance: options.modulationVariance ?? min(5, transmitter.maximumModulationVariance),
            frameBytes: min(16_384, alice.identity.maximumFrameBytes, bob.identity.maximumFrameBytes))
        let (file, live) = (file, session.live)
        return SoakPlan(
            link: link, darkSamples: min(1_000_000, receiver.maximumMomentSamples), seconds: seconds,
            interval: options.interval,
            warmUpLimit: options.warmUpLimit ?? UnitLight.warmUpLimit(transmitter, receiver),
            earlier: seconds > 0 ? checklist[.soak].soak : []
        ) { points in
            guard seconds > 0 else { return }
            do {
                guard var latest = try file.read() else { return }
                latest.keep(points)
                try file.write(latest)
            } catch {
                live.note("the soak's last interval is not in the file: \(CommandFailure(any: error).message)")
            }
        }
    }
}
