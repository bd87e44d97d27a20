internal import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import UnitControl
internal import UnitProtocol

extension Commissioning {
    /// The step of the bare fibre: light read back, units uncoupled, loss and return loss entered or imported and compared
    /// with the link, coupled again. What was confirmed on the way is in the record.
    func measureFibre() async throws -> CalibrationRecord {
        try await showDark(before: .uncoupleFibre)
        if !plan.fibre.wasDisconnected {
            guard hands.isPresent else { throw CommissioningFailure.nobodyUncouples }
            try await confirm(.uncoupleFibre)
        }
        var fibre = try await fibre(await linkWavelength())
        if plan.fibre.wasDisconnected {
            fibre.remarks.append("confirmed beforehand: measured with both units disconnected, and coupled again")
            fibre.remarks.append(Self.inspection(plan.fibre.wasInspected))
            fibre.receivedPower = plan.fibre.receivedPower
        } else {
            fibre.remarks.append("confirmed: both units disconnected before the fibre was measured")
            // Somebody may have switched a unit off and on meanwhile.
            try await showDark(before: .coupleFibre)
            // A connector that nobody looked at is no reason to measure the fibre again.
            fibre.remarks.append(Self.inspection(try await hands.isDone(.inspectConnectors)))
            try await confirm(.coupleFibre)
            fibre.receivedPower = try await receivedPower(through: fibre.loss)
        }
        if fibre.receivedPower == nil { fibre.remarks.append("the power at Bob's end was not read after coupling") }
        return fibre.record(
            context, bob: CalibrationRecord.UnitDescription(bob.identity),
            alice: CalibrationRecord.UnitDescription(alice.identity), at: now())
    }

    private static func inspection(_ isDone: Bool) -> String {
        isDone ? "confirmed: connectors inspected before coupling" : "nobody said that the connectors were inspected"
    }

    /// Has a fibre moved, with the light read back before. Where nobody is, an optical switch is supposed to do it, or the
    /// light to come through the fibre.
    func move(_ work: FibreWork) async throws {
        try await showDark(before: work)
        if hands.isPresent { try await confirm(work) }
    }

    private func confirm(_ work: FibreWork) async throws {
        guard try await hands.isDone(work) else { throw CommissioningFailure.notDone(work) }
    }

    /// Puts the light of both units out, reads it back and shows it. Nobody is told to touch a fibre unless both are dark.
    private func showDark(before work: FibreWork) async throws {
        let ends = [alice, bob]
        for end in ends { try? await end.lightDown() }
        var lights: [LightReading] = []
        for end in ends { lights.append(await LightReading(reading: end)) }
        hands.hear(.light(lights, before: work))
        guard lights.allSatisfy(\.isDark) else { throw CommissioningFailure.notDark(lights) }
    }

    /// Throws what the step of the fibre would throw for want of somebody to ask, if it is still to be done: before anything
    /// is written.
    public func refuseUnanswered(_ checklist: CommissioningChecklist) async throws {
        guard !hands.isPresent, checklist[.fibre].state == .pending || checklist[.fibre].state == .begun else { return }
        guard plan.fibre.wasDisconnected else { throw CommissioningFailure.nobodyUncouples }
        guard let known = plan.fibre.answer else { throw CommissioningFailure.fibreUnknown }
        let fibre = try measurement(known, returnLoss: plan.fibre.returnLoss)
        let open = fibre.doubts(at: now(), wavelength: await linkWavelength())
            .filter { !plan.fibre.accepted.contains($0.name) }
        guard open.isEmpty else { throw CommissioningFailure.doubtful(fibre, open) }
    }

    /// What the plan knows, else what somebody says. What the plan says wrongly is an error, an answer is asked again.
    private func fibre(_ wavelength: Double?) async throws -> FibreMeasurement {
        if let known = plan.fibre.answer {
            let fibre = try measurement(known, returnLoss: plan.fibre.returnLoss)
            if let taken = try await accepted(fibre, wavelength) { return taken }
        }
        guard hands.isPresent else { throw CommissioningFailure.fibreUnknown }
        while true {
            guard let answer = try await hands.fibre() else { throw CommissioningFailure.noAnswer }
            do {
                var fibre = try measurement(answer, returnLoss: nil)
                if case .loss = answer { fibre.returnLoss = try await returnLoss() }
                let doubts = fibre.doubts(at: now(), wavelength: wavelength)
                if try await hands.accepts(fibre, doubts) { return fibre.taken(in: doubts, by: context.operatorName) }
            } catch let refusal as AnswerRefusal {
                hands.hear(.refused(refusal))
            }
        }
    }

    /// What the plan says of the fibre, if nothing speaks against it, or somebody accepts what does; nil to ask for another.
    private func accepted(_ fibre: FibreMeasurement, _ wavelength: Double?) async throws -> FibreMeasurement? {
        let doubts = fibre.doubts(at: now(), wavelength: wavelength)
        let open = doubts.filter { !plan.fibre.accepted.contains($0.name) }
        guard !open.isEmpty else {
            hands.hear(.fibre(fibre, doubts))
            return fibre.taken(in: doubts, by: context.operatorName)
        }
        guard hands.isPresent else { throw CommissioningFailure.doubtful(fibre, open) }
        return try await hands.accepts(fibre, open) ? fibre.taken(in: doubts, by: context.operatorName) : nil
    }

    private func returnLoss() async throws -> Double? {
        while true {
            guard let answer = try await hands.returnLoss() else { return nil }
            if FibreMeasurement.enteredReturnLoss.contains(answer) { return answer }
            hands.hear(.refused(.outOfRange(answer, FibreMeasurement.enteredReturnLoss)))
        }
    }

    private func receivedPower(through loss: Double) async throws -> Double? {
        while true {
            guard let answer = try await hands.receivedPower() else { return nil }
            guard ReceivedPower.range.contains(answer) else {
                hands.hear(.refused(.implausiblePower(answer)))
                continue
            }
            if try await hands.accepts(ReceivedPower(power: answer, loss: loss)) { return answer }
        }
    }

    /// Of the light that the link works with, m: Alice's, else Bob's; nil if neither says.
    private func linkWavelength() async -> Double? {
        for end in [alice, bob] as [any CalibratedEnd] {
            let readings = (try? await end.telemetry()) ?? []
            let frequency = readings.first { $0.quantity == .laserFrequency }?.usable ?? .nan
            // Light that optical fibres carry: 800 … 2000 nm. What a unit states beyond is no wavelength of its own.
            let wavelength = 299_792_458 / frequency
            if (800e-9...2000e-9).contains(wavelength) { return wavelength }
        }
        return nil
    }

    func measurement(_ answer: FibreAnswer, returnLoss: Double?) throws(AnswerRefusal) -> FibreMeasurement {
        switch answer {
        case .otdr(let file): return try FibreMeasurement(otdr: file)
        case .loss(let loss):
            if loss < 0 { throw .negativeLoss(loss) }
            guard FibreMeasurement.enteredLoss.contains(loss) else {
                throw .outOfRange(loss, FibreMeasurement.enteredLoss)
            }
            return FibreMeasurement(
                loss: loss, lossSigma: plan.fibre.lossSigma, returnLoss: returnLoss, source: .entered)
        }
    }
}

extension FibreMeasurement {
    /// The same, with what was accepted in its remarks.
    fileprivate func taken(in doubts: [FibreDoubt], by name: String) -> FibreMeasurement {
        var fibre = self
        fibre.remarks += doubts.map { "accepted by \(name) (\($0.name.rawValue)): \($0)" }
        return fibre
    }
}
