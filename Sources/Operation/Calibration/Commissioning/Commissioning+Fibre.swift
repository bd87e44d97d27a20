internal import CalibrationRecords
internal import Foundation
internal import LinkControl
internal import UnitControl

extension Commissioning {
    /// The step of the bare fibre: light read back, units uncoupled, loss and return loss entered or imported, coupled
    /// again.
    func measureFibre() async throws -> CalibrationRecord {
        try await showDark(before: .uncoupleFibre)
        if !plan.fibre.wasDisconnected {
            guard hands.isPresent else { throw CommissioningFailure.nobodyUncouples }
            try await confirm(.uncoupleFibre)
        }
        let fibre = try await fibre()
        if !plan.fibre.wasDisconnected {
            // Somebody may have switched a unit off and on meanwhile.
            try await showDark(before: .coupleFibre)
            try await confirm(.coupleFibre)
        }
        return fibre.record(
            context, bob: CalibrationRecord.UnitDescription(bob.identity),
            alice: CalibrationRecord.UnitDescription(alice.identity), at: now())
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

    /// What the plan knows, else what somebody says. What the plan says wrongly is an error, an answer is asked again.
    private func fibre() async throws -> FibreMeasurement {
        if let known = plan.fibre.answer { return try measurement(known, returnLoss: plan.fibre.returnLoss) }
        guard hands.isPresent else { throw CommissioningFailure.fibreUnknown }
        while true {
            guard let answer = try await hands.fibre() else { throw CommissioningFailure.noAnswer }
            do {
                let fibre = try measurement(answer, returnLoss: nil)
                guard case .loss = answer else { return fibre }
                return try measurement(answer, returnLoss: try await returnLoss())
            } catch let refusal as AnswerRefusal {
                hands.hear(.refused(refusal))
            }
        }
    }

    private func returnLoss() async throws -> Double? {
        while true {
            guard let answer = try await hands.returnLoss() else { return nil }
            if FibreMeasurement.enteredReturnLoss.contains(answer) { return answer }
            hands.hear(.refused(.outOfRange(answer, FibreMeasurement.enteredReturnLoss)))
        }
    }

    private func measurement(_ answer: FibreAnswer, returnLoss: Double?) throws(AnswerRefusal) -> FibreMeasurement {
        switch answer {
        case .otdr(let file): return try FibreMeasurement(otdr: file)
        case .loss(let loss):
            guard FibreMeasurement.enteredLoss.contains(loss) else {
                throw .outOfRange(loss, FibreMeasurement.enteredLoss)
            }
            return FibreMeasurement(
                loss: loss, lossSigma: plan.fibre.lossSigma, returnLoss: returnLoss, source: .entered)
        }
    }
}
