internal import CalibrationRecords
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

extension Commissioning {
    /// A step that is made and not carried out. Making it asks the units what they can do, and nothing else.
    struct PreparedStep {
        /// What its procedure intends.
        var plans: [PhasePlan]
        /// What whoever begins it should know.
        var remarks: [String]
        /// Carries it out.
        var perform: @Sendable () async throws -> NamedFinding
    }

    /// A step, as a procedure on the two units or as questions.
    func perform(_ step: CommissioningStep, _ checklist: CommissioningChecklist) async throws -> NamedFinding {
        switch step {
        case .fibre: return NamedFinding(record: try await measureFibre())
        case .receiver: return try await receiver()
        default: return try await prepare(step, checklist).perform()
        }
    }

    /// Makes a step. Of the receiver's, light of known power is taken as there and unread.
    func prepare(_ step: CommissioningStep, _ checklist: CommissioningChecklist) async throws -> PreparedStep {
        switch step {
        case .fibre: return prepareFibre()
        case .warmUp:
            return try await prepare(
                CommissioningProcedures.warmUp(bob: bob, alice: alice, limit: plan.warmUpLimit, hold: plan.hold))
        case .selfTest: return prepare(CommissioningProcedures.selfTest(bob: bob, alice: alice))
        case .receiver:
            return try await prepareReceiver(plan.powerReading == nil ? nil : OpticalPowerReading(power: 1, sigma: 1))
        case .transmitter:
            var transmitter = AlicePlan()
            transmitter.modulationVariance = plan.modulationVariance
            transmitter.warmUpLimit = plan.warmUpLimit
            return try await prepare(AliceCalibration.procedure(alice, plan: transmitter))
        case .polarisation:
            return try await prepare(CommissioningProcedures.polarisation(bob: bob, alice: alice))
        case .pair: return try await preparePair(checklist)
        case .soak:
            let soak = try await soakPlan(seconds: plan.soak, earlier: checklist[.soak].soak)
            try soak.checkInterval(loss: knownLoss(checklist)?.value, try await bob.capabilities())
            return prepare(CommissioningProcedures.soak(bob: bob, alice: alice, soak))
        }
    }

    /// All of a receiver's calibration. With light of known power the fibre has to come off Bob, and on again.
    private func receiver() async throws -> NamedFinding {
        guard let powerReading = plan.powerReading else { return try await prepareReceiver(nil).perform() }
        let reading = try await powerReading()
        try await move(.coupleKnownLight)
        let found = try await prepareReceiver(reading).perform()
        try await move(.recoupleFibre)
        return found
    }

    private func prepareReceiver(_ reading: OpticalPowerReading?) async throws -> PreparedStep {
        var receiver = plan.receiver
        receiver.warmUpLimit = plan.warmUpLimit
        receiver.factoryEfficiency = try archive.factoryEfficiency(of: bob.identity.serial)
        receiver.powerReading = reading
        return try await prepare(BobCalibration.procedure(bob, plan: receiver))
    }

    private func preparePair(_ checklist: CommissioningChecklist) async throws -> PreparedStep {
        let link = try await soakPlan(seconds: 0, earlier: []).link
        let fibre = try knownLoss(checklist)
        var pair = PairPlan(symbolRate: link.symbolRate)
        pair.symbols = max(
            UInt64(max(10_000, min(1e10, link.symbolRate * plan.interval))), checklist[.pair].symbolsWanted ?? 0)
        pair.modulationVariance = plan.modulationVariance
        pair.frameBytes = link.frameBytes
        pair.warmUpLimit = plan.warmUpLimit
        pair.extinctionSamples = min(pair.extinctionSamples, plan.receiver.vacuumSamples)
        pair.darkSamples = min(pair.darkSamples, plan.receiver.darkSamples)
        pair.factoryEfficiency = try archive.factoryEfficiency(of: bob.identity.serial)
        pair.modulation = try await archive.modulation(of: alice, beside: bob)
        // What ξ is to be known to, at the loss that the fibre was measured with rather than the expected one.
        pair.target = plan.receiver.target.map { ExcessNoiseTarget(sigma: $0.sigma, loss: fibre?.value ?? $0.loss) }
        pair.commissionedLoss = fibre?.value
        pair.commissionedLossSource = fibre?.source
        // Minutes that show nothing help nobody, unless somebody has said that they are to be taken all the same.
        pair.shortSession = plan.acceptsFailures ? .accepted : .lengthened
        return try await prepare(PairCalibration.procedure(alice: alice, bob: bob, plan: pair))
    }

    /// A procedure as a step. A calibration of its own goes to the store, signed.
    private func prepare<Notes: Sendable>(_ procedure: Procedure<Notes>) -> PreparedStep {
        PreparedStep(plans: procedure.plans, remarks: procedure.remarks) { try await carryOut(procedure) }
    }

    private func carryOut<Notes: Sendable>(_ procedure: Procedure<Notes>) async throws -> NamedFinding {
        hands.hear(.planned(procedure.plans, remarks: procedure.remarks))
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
