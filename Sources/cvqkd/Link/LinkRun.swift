import Foundation
import LinkControl
import QuadratureAnalysis
import UnitControl
import UnitProtocol
import UnitTransport

/// One `link start`: connect, measure, light up, run, end, report. Each step is one function; `perform` is the order.
struct LinkRun: Sendable {
    /// What is left at the end: the report, and what is wrong with it if anything.
    struct Outcome {
        var document: LinkDocument
        var failure: CommandFailure?
    }

    private struct Pair: Sendable {
        let alice: Unit
        let bob: Unit

        func close() async {
            await alice.close()
            await bob.close()
        }
    }

    private let options: LinkOptions
    private let interruption = Interruption()
    private let live = LiveLine()

    init(options: LinkStartCommand) { self.options = LinkOptions(options) }

    func perform() async throws -> Outcome {
        let pair = try await interruption.cancellable { [options] in try await Self.connect(options) }
        do {
            let outcome = try await perform(pair)
            await pair.close()
            return outcome
        } catch {
            live.end()
            await pair.close()
            throw error
        }
    }

    private static func connect(_ options: LinkOptions) async throws -> Pair {
        let alice = try await UnitOpener.connect(options.alice, access: .control, task: "link start")
        do {
            return Pair(
                alice: alice, bob: try await UnitOpener.connect(options.bob, access: .control, task: "link start"))
        } catch {
            await alice.close()
            throw error
        }
    }

    private func perform(_ pair: Pair) async throws -> Outcome {
        live.note("Alice  \(pair.alice.identity.line)\nBob    \(pair.bob.identity.line)")
        let settings = try await interruption.cancellable { [options] in
            try await LinkSettings(options, alice: pair.alice, bob: pair.bob)
        }
        let session = try await LinkSession(alice: pair.alice, bob: pair.bob, plan: settings.plan)
        let journal = try SessionJournal(
            command: "link start", units: [pair.alice.identity, pair.bob.identity], session: settings.plan.session,
            purpose: settings.plan.purpose.word)
        defer { journal.remove() }
        let notes = await UnitNotes.begin([pair.alice, pair.bob], live: live)
        defer { notes.end() }
        let result: Result<Outcome, any Error>
        do {
            result = .success(try await run(session, pair, settings, journal))
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
        _ session: LinkSession, _ pair: Pair, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws -> Outcome {
        try await prepare(session, pair, settings, journal)
        try await session.start()
        journal.enter(.streaming)
        let plan = settings.plan
        live.note(
            "session \(NumberText.session(plan.session)), purpose \(plan.purpose.word), "
                + "\(NumberText.engineering(plan.symbolRate, "Symbol/s")); Ctrl-C ends it")
        let progress = LinkProgress(options: options, live: live, journal: journal, interruption: interruption)
        var failure: CommandFailure?
        do throws(LinkError) {
            _ = try await session.run { await progress.take($0) }
        } catch {
            // Lost in the middle: what was counted until then still counts, and is shown.
            failure = CommandFailure(any: error)
        }
        live.end()
        let report = await session.report()
        var document = LinkDocument(report, settings, alice: pair.alice.identity, bob: pair.bob.identity)
        document.elapsedSeconds = await progress.elapsed
        document.endedBy = failure == nil ? await progress.reason : "failure"
        if failure == nil, document.endedBy == LinkProgress.byUnit {
            failure = await LinkVerdict.desertion([pair.alice, pair.bob])
        }
        let fault = await session.fault()
        failure = failure ?? LinkVerdict.judge(report, fault)
        return Outcome(document: document, failure: failure ?? (interruption.isRequested ? Self.ended : nil))
    }

    /// Electronic noise with the lights off, then lights on. May be cancelled at any point.
    private func prepare(
        _ session: LinkSession, _ pair: Pair, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws {
        let live = live
        try await interruption.cancellable {
            try await UnitLight.putOut(pair.alice)
            try await UnitLight.putOut(pair.bob)
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
    private func putOut(_ session: LinkSession, _ pair: Pair) async -> [UnitIdentity] {
        let live = live
        return await Task {
            var silent: [UnitIdentity] = []
            await session.lightDown()
            for unit in [pair.alice, pair.bob] {
                if await UnitLight.isOut(unit) { continue }
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
