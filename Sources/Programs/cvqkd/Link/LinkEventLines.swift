import LinkControl
import LinkMonitors
import LinkOperation
import NodeReports
import QuadratureAnalysis
import UnitControl
import UnitProtocol
import UnitTransport

/// What a run of a link tells, as lines for the person who watches.
struct LinkEventLines: Sendable {
    let live: LiveLine

    /// Shows what a run tells until it is over.
    func show(_ run: LinkRun) async {
        async let moments: Void = show(run.moments)
        for await event in run.events { show(event) }
        await moments
        live.end()
    }

    private func show(_ moments: AsyncStream<LinkMoment>) async {
        for await moment in moments { live.show(Self.line(moment)) }
    }

    private func show(_ event: LinkEvent) {
        switch event {
        case .measuringElectronicNoise(let samples):
            live.show("measuring V_off (Bob dark, \(NumberText.count(samples)) samples) …")
        case .warmingUp(let limit):
            live.show("warming up, at most \(NumberText.significant(limit.inSeconds)) s …")
        case .stopped: live.end()
        default: if let line = Self.note(event) { live.note(line) }
        }
    }

    /// A line that stays; nil for nothing worth one.
    private static func note(_ event: LinkEvent) -> String? {
        switch event {
        case .units(let alice, let bob): "Alice  \(alice.line)\nBob    \(bob.line)"
        case .electronicNoise(let noise):
            "V_off  \(NumberText.estimate(noise.variance, "LSB²")) from \(NumberText.count(noise.moments.samples)) samples"
        case .lit(let time): "light  both units ready after \(NumberText.significant(time.inSeconds, digits: 2)) s"
        case .reference(let reference): "baseline  \(BaselineDocument(reference) { $0.words }.text)"
        case .started(let session, let plan):
            "session \(NumberText.session(session)), purpose \(plan.purpose.word), "
                + "\(NumberText.engineering(plan.symbolRate, "Symbol/s")); Ctrl-C ends it"
        case .monitor(let notice): notice.words
        case .fault(let error): "FAULT: \(error)"
        case .faultCleared(let delay):
            "the fault is over" + (delay.map { "; training follows Alice's words at delay \($0)" } ?? "")
        case .goalOutOfReach(let obstacle): "THE SESSION WILL NOT END BY ITSELF: \(obstacle). \(obstacle.hint)"
        case .unit(let notice): notice.words
        case .silent(let unit):
            "\(unit.serial) did not confirm that it is dark; it goes dark by itself within "
                + "\(NumberText.stated(unit.heartbeatTimeout.inSeconds)) s"
        case .recovering(let role, let error): "\(role): \(error). Trying to recover; Ctrl-C ends it"
        case .recovered(let role, let step): "\(role): usable again (\(step.words))"
        case .measuringElectronicNoise, .warmingUp, .stopped: nil
        }
    }

    private static func line(_ moment: LinkMoment) -> String {
        let report = moment.report
        let gaps = report.alice.gaps &+ report.bob.gaps
        let corrupt = report.alice.corruptFrames &+ report.bob.corruptFrames
        let rates = [moment.aliceRate, moment.bobRate].map { NumberText.significant($0 * 1e-6, digits: 3) }
        var parts = [
            NumberText.clock(moment.elapsed.inSeconds)
                + (moment.left.map { " (\(NumberText.clock($0.inSeconds)) left)" } ?? ""),
            "A \(rates[0]) B \(rates[1]) MSymbol/s",
            gaps == 0
                ? "no gaps"
                : "\(gaps == 1 ? "1 gap" : "\(gaps) gaps") (\(NumberText.count(report.missingSymbols)) symbols)",
            "CRC errors \(corrupt)",
            report.delay.map { "delay \($0)" } ?? "no delay yet",
        ]
        if let health = report.health {
            parts.append("T \(NumberText.estimate(health.transmittance))")
            parts.append("ξ_in \(NumberText.estimate(health.excessNoise, "SNU"))")
        }
        return parts.joined(separator: "  ")
    }
}

extension RecoveryStep {
    /// For people.
    fileprivate var words: String {
        switch self {
        case .newSession: "a new session"
        case .reconnection: "opened again"
        case .reset: "after a reset of its port"
        case .quarantine: "quarantined"
        }
    }
}

extension UnitIdentity {
    /// One line for a person.
    var line: String {
        "\(serial)  \(model), firmware \(firmware), \(endpoint.selector)"
            + (isEmulated ? ", EMULATED: no optics behind it" : "")
    }
}
