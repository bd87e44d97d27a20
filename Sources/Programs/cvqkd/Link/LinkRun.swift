import Calibration
import Foundation
import LinkControl
import LinkMonitors
import LinkOperation
import QuadratureAnalysis
import UnitControl
import UnitProtocol
import UnitTransport

/// One `link start`: connect, then sessions until one ends as it should: measure, light up, run, end, report. Each step is
/// one function; `perform` is the order.
struct LinkRun: Sendable {
    /// What is left at the end: the report, and what is wrong with it if anything.
    struct Outcome {
        var document: LinkDocument
        var failure: CommandFailure?
        /// The unit whose failure ended the session: a step of recovery may help.
        var failed: (role: UnitRole, error: UnitError)?
    }

    private let options: LinkOptions
    private let interruption = Interruption()
    private let live = LiveLine()

    init(options: LinkStartCommand) { self.options = LinkOptions(options) }

    func perform() async throws -> Outcome {
        let recovery = try await interruption.cancellable { [options, live] in
            try await LinkRecovery.open(options, live: live)
        }
        do {
            let outcome = try await perform(recovery)
            await recovery.close()
            return outcome
        } catch {
            live.end()
            await recovery.close()
            throw error
        }
    }

    /// Sessions, until one ends as it should or recovery gives up. Once a session has run, its report is what is left,
    /// whatever fails later.
    private func perform(_ recovery: LinkRecovery) async throws -> Outcome {
        var earlier: [EarlierSession] = []
        var report: Outcome?
        var units = try await recovery.units()
        while true {
            var hasRun = false
            do {
                let outcome = try await perform(units, after: earlier.reduce(0) { $0 + $1.elapsedSeconds })
                await recovery.ran(for: outcome.document.elapsedSeconds)
                hasRun = true
                report = outcome
            } catch {
                guard report != nil else { throw error }
                report?.failure = CommandFailure(any: error)
                report?.failed = nil
                if case LinkError.unit(let role, let failure) = error { report?.failed = (role, failure) }
            }
            guard var last = report else { continue }
            do {
                if let (role, error) = last.failed, RecoveryCause(error) != nil, options.recovers,
                    !interruption.isRequested
                {
                    let failed = units
                    let step = try await interruption.cancellable {
                        try await recovery.recover(role, failed, after: error)
                    }
                    units = try await interruption.cancellable { try await recovery.units() }
                    if hasRun { earlier.append(EarlierSession(last.document, role, error, step)) }
                    continue
                }
            } catch {
                last.failure = interruption.isRequested ? Self.ended : CommandFailure(any: error)
            }
            last.document.earlierSessions = earlier.filter { $0.session != last.document.session }
            await last.document.note(recovery.counters())
            return last
        }
    }

    private func perform(_ pair: LinkUnits, after elapsed: Double) async throws -> Outcome {
        live.note("Alice  \(pair.alice.identity.line)\nBob    \(pair.bob.identity.line)")
        let settings = try await interruption.cancellable { [options] in
            try await KeyGate.check(options.purpose, pair, options.state, lit: false)
            return try await LinkSettings(options, alice: pair.alice, bob: pair.bob)
        }
        let session = try await LinkSession(alice: pair.alice, bob: pair.bob, plan: settings.plan)
        let journal = try SessionJournal(
            command: "link start", units: [pair.alice.identity, pair.bob.identity], session: session.number,
            purpose: settings.plan.purpose.word)
        defer { journal.remove() }
        let notes = await UnitNotes.begin([pair.alice, pair.bob], live: live)
        defer { notes.end() }
        let result: Result<Outcome, any Error>
        do {
            result = .success(try await run(session, pair, settings, journal, after: elapsed))
        } catch {
            // What the interruption cancelled fails in many ways; the person who pressed Ctrl-C wants to hear of none.
            result = .failure(interruption.isRequested ? Self.ended : error)
        }
        journal.enter(.ending)
        let silent = await putOut(session, pair)
        var outcome = try result.get()
        outcome.failure = outcome.failure ?? LinkVerdict.silence(silent)
        return outcome
    }

    private func run(
        _ session: LinkSession, _ pair: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal,
        after elapsed: Double
    ) async throws -> Outcome {
        try await prepare(session, pair, settings, journal)
        try await interruption.cancellable { [options] in
            try await KeyGate.check(options.purpose, pair, options.state, lit: true)
        }
        let reference = await SessionReference.find(options.state, pair, settings)
        if let found = reference.found { await session.hold(against: found.baseline) }
        let baseline = BaselineDocument(reference)
        live.note("baseline  \(baseline.text)")
        try await session.start()
        journal.enter(.streaming)
        let plan = settings.plan
        live.note(
            "session \(NumberText.session(session.number)), purpose \(plan.purpose.word), "
                + "\(NumberText.engineering(plan.symbolRate, "Symbol/s")); Ctrl-C ends it")
        let progress = LinkProgress(
            options: options, after: elapsed, live: live, journal: journal, interruption: interruption)
        var failure: CommandFailure?
        var failed: (role: UnitRole, error: UnitError)?
        let monitoring = LinkMonitoring(
            session, pair, policy: options.onAlarm ?? MonitorPolicy(plan.purpose), live: live)
        let keyWatch =
            plan.purpose == .key
            ? KeyWatch(KeyQuestion(alice: pair.alice, bob: pair.bob, state: options.state)) : nil
        let judging = [Task { await monitoring.run() }, Task { await keyWatch?.run() ?? () }]
        defer { for task in judging { task.cancel() } }
        do throws(LinkError) {
            _ = try await session.run { [journal] report in
                if let finding = await monitoring.stop {
                    await progress.end(by: "monitor \(finding.rule.rawValue)")
                    return true
                }
                if await keyWatch?.ending != nil {
                    await progress.end(by: "calibration")
                    return true
                }
                journal.show(await monitoring.figures)
                return await progress.note(report)
            }
        } catch {
            // Lost in the middle: what was counted until then still counts, and is shown.
            failure = CommandFailure(any: error)
            if case .unit(let role, let error) = error { failed = (role, error) }
        }
        live.end()
        let report = await session.report()
        var document = LinkDocument(report, settings, alice: pair.alice.identity, bob: pair.bob.identity)
        document.baseline = baseline
        document.elapsedSeconds = await progress.elapsed
        document.endedBy = failure == nil ? await progress.reason : "failure"
        if failure == nil, document.endedBy == LinkProgress.byUnit {
            failure = await LinkVerdict.desertion(pair)
            failed = await session.deserter().map { ($0.role, .sessionEnded(cause: $0.cause)) }
        }
        for task in judging { task.cancel() }
        document.monitors = await monitoring.document
        if failure == nil, let finding = await monitoring.stop { failure = LinkVerdict.alarm(finding) }
        if failure == nil { failure = await keyWatch?.ending.map { CommandFailure($0) } }
        let fault = await session.fault()
        failure = failure ?? LinkVerdict.judge(report, fault)
        return Outcome(
            document: document, failure: failure ?? (interruption.isRequested ? Self.ended : nil), failed: failed)
    }

    /// Electronic noise with the lights off, then lights on. May be cancelled at any point.
    private func prepare(
        _ session: LinkSession, _ pair: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws {
        let live = live
        try await interruption.cancellable {
            try await pair.alice.lightDown()
            try await pair.bob.lightDown()
            live.show("measuring V_off (Bob dark, \(NumberText.count(settings.electronicNoiseSamples)) samples) …")
            let noise = try await session.measureElectronicNoise(samples: settings.electronicNoiseSamples)
            live.note(
                "V_off  \(NumberText.estimate(noise.variance, "LSB²")) from \(NumberText.count(noise.moments.samples)) samples"
            )
            journal.enter(.warmingUp)
            live.show("warming up, at most \(NumberText.significant(settings.warmUpLimit)) s …")
            let began = ContinuousClock.now
            do throws(LinkError) {
                try await session.lightUp(within: .seconds(settings.warmUpLimit))
            } catch {
                throw Self.explain(error, settings.warmUpLimit)
            }
            live.note(
                "light  both units ready after \(NumberText.significant(NumberText.seconds(began.duration(to: .now)), digits: 2)) s"
            )
        }
        try interruption.throwIfRequested()
    }

    /// A unit that answers and does not become ready has another remedy than one that is silent.
    private static func explain(_ error: LinkError, _ limit: Double) -> any Error {
        guard case .unit(let role, .notReached) = error else { return error }
        return CommandFailure(
            .timedOut,
            "\(role) was not ready within \(NumberText.stated(limit)) s. 'cvqkd telemetry' shows what does not settle; "
                + "--warm-up-limit gives it longer")
    }

    /// Lights out, whatever happened and whether or not this task was cancelled. Returns the units that do not confirm.
    private func putOut(_ session: LinkSession, _ pair: LinkUnits) async -> [UnitIdentity] {
        let live = live
        return await Task {
            var silent: [UnitIdentity] = []
            await session.lightDown()
            for unit in [pair.alice, pair.bob] {
                if await unit.confirmsDark() { continue }
                silent.append(unit.identity)
                let limit = NumberText.stated(NumberText.seconds(unit.identity.heartbeatTimeout))
                live.note(
                    "\(unit.identity.serial) did not confirm that it is dark; it goes dark by itself within \(limit) s")
            }
            return silent
        }.value
    }

    private static let ended = CommandFailure(.interrupted, "ended on request; both units were told to go dark")
}

extension UnitIdentity {
    /// One line for a person.
    var line: String {
        "\(serial)  \(model), firmware \(firmware), \(endpoint.selector)"
            + (isEmulated ? ", EMULATED: no optics behind it" : "")
    }
}
