import LinkControl
import LinkMonitors
import LinkOperation
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

extension CommandFailure {
    /// Why a run of a link did not end as it was wished, and where to look.
    init(_ failure: LinkRunFailure) {
        switch failure {
        case .unit(let error): self.init(any: error)
        case .link(let error): self.init(any: error)
        case .tooShort(let goal):
            self.init(.usage, "\(goal). A longer --duration, or a larger σ, goes with it")
        case .notReady(let role, let limit):
            self.init(
                .timedOut,
                "\(role) was not ready within \(NumberText.stated(limit.inSeconds)) s. \(SuggestedCommand.telemetry(role == .alice ? .alice : .bob)) shows what does not "
                    + "settle; --warm-up-limit gives it longer")
        case .refused(let refusal): self.init(refusal)
        case .unproven(let doubt): self.init(doubt)
        case .unreachable(let obstacle): self.init(.usage, "\(obstacle). \(obstacle.hint)")
        case .unplanned(.vacuum):
            self.init(.usage, "\(failure). Give a --vacuum-fraction above 0, such as \(LinkPlan.usualVacuumFraction)")
        case .unplanned(.training):
            self.init(
                .usage, "\(failure). Give a --training-fraction above 0, such as \(LinkPlan.usualTrainingFraction)")
        case .journal(let fault): self.init(fault)
        case .session(let ending): self.init(ending)
        case .ended: self.init(.interrupted, "ended on request; both units were told to go dark")
        }
    }

    private init(_ ending: SessionEnding) {
        switch ending {
        case .failed(let error), .fault(let error), .mismatch(let error), .refused(let error): self.init(any: error)
        case .unevidenced(let lack):
            self.init(
                .unproven, "\(lack). Do not use the session; the report's counts by kind show what each unit sent")
        case .deserted(let desertion): self.init(desertion)
        case .paused(let pause): self.init(any: UnitError.heartbeatsMissed(pause))
        case .alarm(let finding):
            self.init(
                .outsideLimits,
                "monitor \(finding.rule.rawValue) ended the session: \(NumberText.significant(finding.statistic, digits: 3)) against "
                    + "\(NumberText.significant(finding.actLimit, digits: 3)) (\(finding.rule.card.statistic)). It watches for: "
                    + "\(finding.rule.card.watchesFor). The report names the likely cause and what to measure next")
        case .permission(let ending): self.init(ending)
        case .account(_, let counters) where counters.contradictedFrames > 0:
            self.init(.loss, "\(ending). Its firmware is at fault; do not use the session")
        case .account(let role, let counters):
            self.init(
                .loss,
                "\(role)'s symbols do not add up: \(counters.deliveredSymbols) delivered and \(counters.declaredGapSymbols) declared "
                    + "missing\(counters.refusedSymbols == 0 ? "" : " and \(counters.refusedSymbols) refused") of \(counters.nextSymbol). The unit's firmware or this program is at fault; do not use the session"
            )
        case .silence(let units):
            self.init(
                .timedOut,
                "\(units.map(\.serial).joined(separator: ", ")) did not answer at the end of the session. Look at "
                    + "\(SuggestedCommand.status(units.count == 1 ? .unit(units[0].serial) : .any)), and switch "
                    + "\(units.count == 1 ? "it off and on if it stays" : "them off and on if they stay") silent")
        case .request, .duration, .precision: self.init(LinkRunFailure.ended)
        }
    }

    /// Units that ended a session by themselves, and what they say of themselves.
    init(_ desertion: SessionEnding.Desertion) {
        let states = desertion.states.map { role, status in
            let fault = status.map { $0.faultCode == 0 ? "" : " (fault \($0.faultCode))" } ?? ""
            return "\(role) is \(status?.state.description ?? "silent")\(fault)"
        }
        self.init(
            .failure,
            "the units ended the session by themselves: \(states.joined(separator: ", ")). "
                + "\(SuggestedCommand.status(.alice)), \(SuggestedCommand.status(.bob)), and telemetry of both show why"
        )
    }

    /// Why a session cannot be noted where others find it.
    init(_ fault: SessionFolderFault) {
        switch fault {
        case .noFolder: self.init(.failure, "\(fault). Set XDG_RUNTIME_DIR")
        case .notWritten(let path, let code): self = AtomicFile.failure(path, code, 4096)
        }
    }
}
