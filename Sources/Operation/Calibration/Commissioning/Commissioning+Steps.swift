internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension Commissioning {
    /// A step, as a procedure on the two units or as questions.
    func perform(_ step: CommissioningStep, _ checklist: CommissioningChecklist) async throws -> NamedFinding {
        switch step {
        case .fibre: return NamedFinding(record: try await measureFibre())
        case .warmUp:
            return try await carryOut(
                CommissioningProcedures.warmUp(bob: bob, alice: alice, limit: plan.warmUpLimit, hold: plan.hold))
        case .selfTest: return try await carryOut(CommissioningProcedures.selfTest(bob: bob, alice: alice))
        case .receiver: return try await receiver()
        case .transmitter:
            var transmitter = AlicePlan()
            transmitter.modulationVariance = plan.modulationVariance
            transmitter.warmUpLimit = plan.warmUpLimit
            return try await carryOut(AliceCalibration.procedure(alice, plan: transmitter))
        case .polarisation:
            return try await carryOut(CommissioningProcedures.polarisation(bob: bob, alice: alice))
        case .pair: return try await pair(checklist)
        case .soak:
            let soak = try await soakPlan(seconds: plan.soak, earlier: checklist[.soak].soak)
            return try await carryOut(CommissioningProcedures.soak(bob: bob, alice: alice, soak))
        }
    }

    /// All of a receiver's calibration. With light of known power the fibre has to come off Bob, and on again.
    private func receiver() async throws -> NamedFinding {
        var receiver = plan.receiver
        receiver.warmUpLimit = plan.warmUpLimit
        receiver.factoryEfficiency = try archive.factoryEfficiency(of: bob.identity.serial)
        guard let powerReading = plan.powerReading else {
            return try await carryOut(BobCalibration.procedure(bob, plan: receiver))
        }
        receiver.powerReading = try await powerReading()
        try await move(.coupleKnownLight)
        let found = try await carryOut(BobCalibration.procedure(bob, plan: receiver))
        try await move(.recoupleFibre)
        return found
    }

    private func pair(_ checklist: CommissioningChecklist) async throws -> NamedFinding {
        let link = try await soakPlan(seconds: 0, earlier: []).link
        let fibreLoss = checklist[.fibre].record?.measurement("fibreLoss")?.value
        var pair = PairPlan(symbolRate: link.symbolRate)
        pair.symbols = UInt64(max(10_000, min(1e10, link.symbolRate * plan.interval)))
        pair.modulationVariance = plan.modulationVariance
        pair.frameBytes = link.frameBytes
        pair.warmUpLimit = plan.warmUpLimit
        pair.extinctionSamples = min(pair.extinctionSamples, plan.receiver.vacuumSamples)
        pair.darkSamples = min(pair.darkSamples, plan.receiver.darkSamples)
        pair.factoryEfficiency = try archive.factoryEfficiency(of: bob.identity.serial)
        pair.modulation = try await archive.modulation(of: alice, beside: bob)
        // What ξ is to be known to, at the loss that the fibre was measured with rather than the expected one.
        pair.target = plan.receiver.target.map { ExcessNoiseTarget(sigma: $0.sigma, loss: fibreLoss ?? $0.loss) }
        pair.commissionedLoss = fibreLoss
        return try await carryOut(PairCalibration.procedure(alice: alice, bob: bob, plan: pair))
    }

    /// Carries a procedure out. A calibration of its own goes to the store, signed.
    private func carryOut<Notes: Sendable>(_ procedure: Procedure<Notes>) async throws -> NamedFinding {
        hands.hear(.planned(procedure.plans))
        let outcome: CalibrationOutcome
        do throws(CalibrationFailure) {
            outcome = try await CalibrationRun(
                procedure, context: context, now: now, report: { [hands] in hands.hear(.progress($0)) }
            ).perform()
        } catch {
            hands.hear(.performed)
            throw CommissioningFailure.procedure(error)
        }
        hands.hear(.performed)
        if let failure = outcome.failure { throw CommissioningFailure.procedure(failure) }
        guard outcome.record.procedure != .commissioning else { return NamedFinding(record: outcome.record) }
        let stored = try archive.keep(outcome.record)
        hands.hear(.stored(name: stored.name))
        return NamedFinding(record: stored.record, stored: stored.name)
    }

    /// What both units and their lines can do; the soak goes on where it was interrupted, and keeps every point.
    private func soakPlan(seconds: Double, earlier: [SoakPoint]) async throws -> SoakPlan {
        let (transmitter, receiver) = (try await alice.capabilities(), try await bob.capabilities())
        let training = LinkPlan.usualTrainingFraction
        let link = LinkPlan(
            purpose: .calibration, symbolRate: plan.symbolRate(transmitter, receiver, training),
            trainingFraction: training,
            modulationVariance: plan.modulationVariance
                ?? min(LightSetting.defaultModulationVariance, transmitter.maximumModulationVariance),
            frameBytes: StreamPlan.usualFrameBytes(alice.identity, bob.identity))
        let limit = max(transmitter.warmUpLimit, receiver.warmUpLimit).inSeconds
        return SoakPlan(
            link: link, darkSamples: LinkPlan.darkSamples(receiver), seconds: seconds,
            interval: plan.interval, warmUpLimit: plan.warmUpLimit ?? limit, earlier: earlier
        ) { [archive, hands] points in
            guard seconds > 0 else { return }
            do {
                guard var latest = try archive.checklist() else { return }
                latest.keep(points)
                try archive.keep(latest)
            } catch {
                hands.hear(.pointNotKept(error))
            }
        }
    }
}
