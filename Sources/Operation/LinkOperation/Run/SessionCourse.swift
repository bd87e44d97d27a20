internal import Calibration
internal import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// The steps of one session of a run, in the order in which they are taken.
struct SessionCourse: Sendable {
    private let request: LinkRequest
    private let units: LinkUnits
    private let end: EndRequest
    private let around: LinkRun.Surroundings
    private let told: LinkEvents
    private var clock: HostClock { around.clock }

    init(
        _ request: LinkRequest, _ units: LinkUnits, _ end: EndRequest, _ around: LinkRun.Surroundings,
        _ told: LinkEvents
    ) {
        self.request = request
        self.units = units
        self.end = end
        self.around = around
        self.told = told
    }

    // MARK: Before light

    /// What is done, if key may be made as far as the store says. May be cancelled at any point.
    func settings() async throws(LinkRunFailure) -> LinkSettings {
        try await end.cancellable { () async throws(LinkRunFailure) -> LinkSettings in
            try await permit(lit: false)
            let settings: LinkSettings
            do throws(UnitError) { settings = try await LinkSettings(request, units) } catch { throw .unit(error) }
            if let obstacle = request.precision?.obstacle(settings.plan) { throw .unreachable(obstacle) }
            if let kind = KeyEvidence.Kind.allCases.first(where: { !KeyEvidence.isPlanned($0, settings.plan) }),
                request.purpose == .key
            {
                throw .unplanned(kind)
            }
            return settings
        }
    }

    /// Both ends agree on a session.
    func agree(_ settings: LinkSettings) async throws(LinkRunFailure) -> LinkSession {
        do throws(LinkError) {
            return try await LinkSession(alice: units.alice, bob: units.bob, plan: settings.plan)
        } catch {
            throw .link(error)
        }
    }

    /// The session is noted where others find it.
    func note(_ session: LinkSession) throws(LinkRunFailure) -> SessionJournal {
        do throws(SessionFolderFault) {
            return try SessionJournal(
                in: around.sessions, command: around.command, units: [units.alice.identity, units.bob.identity],
                session: session.number, purpose: request.purpose.description.lowercased(), date: around.date)
        } catch {
            throw .journal(error)
        }
    }

    private var question: KeyQuestion {
        KeyQuestion(alice: units.alice, bob: units.bob, state: request.records, pins: request.pins, date: around.date)
    }

    private func permit(lit: Bool) async throws(LinkRunFailure) {
        guard request.purpose == .key else { return }
        if lit {
            // The light is new: values of a moment ago are of the dark. Whatever keeps them away is the answer's to say.
            for role in [UnitRole.alice, .bob] { _ = try? await units[role].settledTelemetry() }
        }
        switch await question.ask(lit: lit) {
        case .granted: return
        case .refused(let refusal): throw .refused(refusal)
        case .unknown(let doubt): throw .unproven(doubt)
        }
    }

    // MARK: With light

    /// Electronic noise, light, symbols until enough, and what is left of them.
    func run(
        _ session: LinkSession, _ settings: LinkSettings, _ journal: SessionJournal, _ loop: inout SessionLoop
    ) async throws(LinkRunFailure) -> LinkOutcome {
        try await end.cancellable { () async throws(LinkRunFailure) in
            try await prepare(session, settings, journal)
            try await permit(lit: true)
        }
        let reference = await SessionReference.find(
            request.records, request.pins, units, settings, date: around.date)
        if let found = reference.found { await session.hold(against: found.baseline) }
        told.tell(.reference(reference))
        if end.isRequested { throw .ended }
        do throws(LinkError) { try await session.start() } catch { throw .link(error) }
        journal.enter(.streaming)
        told.tell(.started(session: session.number, plan: settings.plan))
        let (elapsed, monitors) = await stream(session, journal, &loop)
        told.tell(.stopped)
        return LinkOutcome(
            alice: units.alice.identity, bob: units.bob.identity, settings: settings,
            report: await session.report(), reference: reference, monitors: monitors, elapsed: elapsed,
            stoppedBy: loop.stoppedBy ?? .deserted(SessionEnding.Desertion(unit: nil, cause: nil, states: [])))
    }

    /// Electronic noise with the lights off, then lights on. May be cancelled at any point.
    private func prepare(
        _ session: LinkSession, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws(LinkRunFailure) {
        for role in [UnitRole.alice, .bob] {
            do throws(UnitError) { try await units[role].lightDown() } catch { throw .link(.unit(role, error)) }
        }
        do throws(LinkError) {
            told.tell(.measuringElectronicNoise(samples: settings.electronicNoiseSamples))
            let noise = try await session.measureElectronicNoise(samples: settings.electronicNoiseSamples)
            told.tell(.electronicNoise(noise))
            journal.enter(.warmingUp)
            told.tell(.warmingUp(limit: settings.warmUpLimit))
            let began = clock.now
            try await session.lightUp(within: settings.warmUpLimit)
            told.tell(.lit(after: clock.now - began))
        } catch .unit(let role, .notReached) {
            // A unit that answers and does not become ready has another remedy than one that is silent.
            throw .notReady(role, within: settings.warmUpLimit)
        } catch {
            throw .link(error)
        }
    }

    /// Symbols until the loop says stop, with monitors and permission beside them.
    private func stream(
        _ session: LinkSession, _ journal: SessionJournal, _ loop: inout SessionLoop
    ) async -> (elapsed: Duration, monitors: MonitorAccount) {
        let monitoring = SessionMonitoring(
            session, units, policy: request.onAlarm ?? MonitorPolicy(request.purpose), clock: clock
        ) { [told] in told.tell(.monitor($0)) }
        let keyWatch = request.purpose == .key ? KeyWatch(question, clock: clock) : nil
        let watch = SessionWatch(
            loop, session.plan, of: units, precision: request.precision, monitoring: monitoring, keyWatch: keyWatch,
            end: end, journal: journal, clock: clock, telling: told)
        let judging = [
            Task(executorPreference: clock.executor) { await monitoring.run() },
            Task(executorPreference: clock.executor) { await keyWatch?.run() ?? () },
        ]
        var failure: LinkError?
        do throws(LinkError) { _ = try await session.run { await watch.isEnough($0) } } catch {
            // Lost in the middle: what was counted until then still counts.
            failure = error
        }
        // An alarm of the last window counts, and one after it does not: the report and the verdict are of the same windows.
        for task in judging {
            task.cancel()
            await task.value
        }
        var elapsed = Duration.zero
        let report = await session.report()
        (loop, elapsed) = await watch.finish(report)
        if let failure { loop.handle(.failed(failure)) }
        // A unit that deserts may leave an account that does not add up: both count.
        let desertion = await desertion(session, isAsked: loop.stoppedBy == nil)
        loop.handle(.judged(fault: report.fault, alice: report.alice, bob: report.bob))
        loop.handle(.streamsEnded(desertion))
        return (elapsed, await monitoring.account)
    }

    private func desertion(_ session: LinkSession, isAsked: Bool) async -> SessionEnding.Desertion {
        var desertion = SessionEnding.Desertion(unit: nil, cause: nil, states: [])
        guard isAsked else { return desertion }
        let deserter = await session.deserter()
        (desertion.unit, desertion.cause) = (deserter?.role, deserter?.cause)
        for role in [UnitRole.alice, .bob] { desertion.states.append((role, try? await units[role].status())) }
        return desertion
    }

    // MARK: After it

    /// Lights out, whatever happened. Returns the units that do not confirm.
    func putOut(_ session: LinkSession) async -> [UnitIdentity] {
        await session.lightDown()
        var silent: [UnitIdentity] = []
        for unit in [units.alice, units.bob] where !(await unit.confirmsDark()) {
            silent.append(unit.identity)
            told.tell(.silent(unit.identity))
        }
        return silent
    }
}
