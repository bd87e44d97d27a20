import LinkControl
import LinkMonitors
import LinkOperation
import UnitControl
import UnitProtocol
import UnitTransport

extension CommandFailure {
    /// Why a run of a link did not end as it was wished, and where to look.
    init(_ failure: LinkRunFailure) {
        switch failure {
        case .unit(let error): self.init(any: error)
        case .link(let error): self.init(any: error)
        case .notReady(let role, let limit):
            self.init(
                .timedOut,
                "\(role) was not ready within \(NumberText.stated(limit.inSeconds)) s. 'cvqkd telemetry' shows what does not "
                    + "settle; --warm-up-limit gives it longer")
        case .refused(let refusal): self.init(refusal)
        case .unproven(let doubt): self.init(doubt)
        case .journal(let fault): self.init(fault)
        case .session(let ending): self.init(ending)
        case .ended: self.init(.interrupted, "ended on request; both units were told to go dark")
        }
    }

    private init(_ ending: SessionEnding) {
        switch ending {
        case .failed(let error), .fault(let error), .mismatch(let error): self.init(any: error)
        case .deserted(let desertion): self.init(desertion)
        case .paused(let pause): self.init(any: UnitError.heartbeatsMissed(pause))
        case .alarm(let finding):
            self.init(
                .outsideLimits,
                "monitor \(finding.rule.rawValue) ended the session: \(NumberText.significant(finding.statistic, digits: 3)) against "
                    + "\(NumberText.significant(finding.actLimit, digits: 3)) (\(finding.rule.card.statistic)). It watches for: "
                    + "\(finding.rule.card.watchesFor). The report names the likely cause and what to measure next")
        case .permission(let ending): self.init(ending)
        case .account(let role, let counters):
            self.init(
                .loss,
                "\(role)'s symbols do not add up: \(counters.deliveredSymbols) delivered and \(counters.declaredGapSymbols) declared "
                    + "missing of \(counters.nextSymbol). The unit's firmware or this program is at fault; do not use the session"
            )
        case .silence(let units):
            self.init(
                .timedOut,
                "\(units.map(\.serial).joined(separator: ", ")) did not answer at the end of the session. Look at 'cvqkd status', and "
                    + "switch it off and on if it stays silent")
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
                + (desertion.serials.isEmpty ? ["UNIT"] : desertion.serials)
                .map { "'cvqkd status \($0)' and 'cvqkd telemetry \($0)'" }.joined(separator: ", ") + " show why")
    }

    /// Why a session cannot be noted where others find it.
    init(_ fault: SessionFolderFault) {
        switch fault {
        case .noFolder: self.init(.failure, "\(fault). Set XDG_RUNTIME_DIR")
        case .notWritten(let path, let code): self = AtomicFile.failure(path, code, 4096)
        }
    }
}
