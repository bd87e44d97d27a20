import LinkControl
import LinkMonitors
import LinkOperation
import NodeReports
import QuadratureAnalysis
import ReadableText
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
        for await moment in moments { live.show(Self.fields(moment)) }
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
    private static func note(_ event: LinkEvent) -> Page? {
        switch event {
        case .units(let alice, let bob): "Alice  \(alice.line)\nBob    \(bob.line)"
        case .electronicNoise(let noise):
            "V_off  \(NumberText.estimate(noise.variance, "LSB²")) from \(NumberText.count(noise.moments.samples)) samples"
        case .lit(let time): "light  both units ready after \(NumberText.significant(time.inSeconds, digits: 2)) s"
        case .reference(let reference): "baseline  \(BaselineDocument(reference) { $0.words }.text)"
        case .started(let session, let plan):
            "session \(NumberText.session(session)), purpose \(plan.purpose.word), "
                + "\(NumberText.engineering(plan.symbolRate, "Symbol/s")); Ctrl-C ends it"
        case .monitor(let notice): "\(notice.words)"
        case .fault(let error): "FAULT: \(error)"
        case .faultCleared(let delay):
            "the fault is over" + (delay.map { "; training follows Alice's words at delay \($0)" } ?? "")
        case .goalOutOfReach(let obstacle): "THE SESSION WILL NOT END BY ITSELF: \(obstacle). \(obstacle.hint)"
        case .unit(let notice): notice.words.map { "\($0)" }
        case .silent(let unit):
            "\(unit.serial) did not confirm that it is dark; it goes dark by itself within "
                + "\(NumberText.stated(unit.heartbeatTimeout.inSeconds)) s"
        case .recovering(let role, let error): "\(role): \(error). Trying to recover; Ctrl-C ends it"
        case .recovered(let role, let step): "\(role): usable again (\(step.words))"
        case .measuringElectronicNoise, .warmingUp, .stopped: nil
        }
    }

    /// Where there is little room, what the session is for stays: the estimate, and what is wrong.
    static func fields(_ moment: LinkMoment) -> [LiveLine.Field] {
        let report = moment.report
        let gaps = report.alice.gaps &+ report.bob.gaps
        let corrupt = report.alice.corruptFrames &+ report.bob.corruptFrames
        let rates = [moment.aliceRate, moment.bobRate].map { NumberText.significant($0 * 1e-6, digits: 3) }
        var fields: [LiveLine.Field] = [
            .init(NumberText.clock(moment.elapsed.inSeconds)),
            .init(moment.left.map { "(\(NumberText.clock($0.inSeconds)) left)" } ?? "", .useful),
            .init("A \(rates[0]) B \(rates[1]) MSymbol/s", .detail),
            .init(
                gaps == 0
                    ? "no gaps"
                    : "\(NumberText.count(gaps, "gap")) (\(NumberText.count(report.missingSymbols, "symbol")))",
                gaps == 0 ? .useful : .essential),
            .init("CRC errors \(corrupt)", corrupt == 0 ? .detail : .essential),
            .init(report.delay.map { "delay \($0)" } ?? "no delay yet", report.delay == nil ? .essential : .detail),
        ]
        if let health = report.health {
            fields.append(.init("T \(NumberText.estimate(health.transmittance))"))
            fields.append(.init("ξ_in \(NumberText.estimate(health.excessNoise, "SNU"))"))
        }
        return fields.filter { !$0.text.isEmpty }
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
