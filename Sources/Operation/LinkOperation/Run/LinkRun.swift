internal import Calibration
internal import LinkControl
public import UnitControl
internal import UnitProtocol
public import UnitTransport

/// Sessions of one link, until one ends as it should or recovery gives up. Each session is permitted, measured, lit, run,
/// ended and judged; whatever happens, both units are told to go dark, and are closed at the end.
public final class LinkRun: Sendable {
    /// What a run works with besides its units.
    public struct Surroundings: Sendable {
        /// Finds a unit again that was gone.
        public var finder: any UnitFinder
        /// What units tell others that this program asked them.
        public var hostName: String
        /// Where the run is noted while it goes.
        public var sessions: RunningSessions
        /// What the program does, in its own words, for whoever finds a unit busy.
        public var command: String
        /// What time goes by.
        public var clock: HostClock

        /// Surroundings of a program.
        public init(
            finder: any UnitFinder, hostName: String, sessions: RunningSessions, command: String,
            clock: HostClock = .monotonic
        ) {
            self.finder = finder
            self.hostName = hostName
            self.sessions = sessions
            self.command = command
            self.clock = clock
        }
    }

    /// What happens, for one listener. The newest 1,024 are kept for a slow one.
    public let events: AsyncStream<LinkEvent>

    private let request: LinkRequest
    private let end: EndRequest
    private let around: Surroundings
    private let pair: SupervisedPair
    private let continuation: AsyncStream<LinkEvent>.Continuation
    private var clock: HostClock { around.clock }

    /// A run on two units that are open, and that it closes. `names` is how they are found again. `end` ends it in order, and
    /// so does cancelling the task that performs it.
    public init(
        _ request: LinkRequest, on units: LinkUnits, named names: LinkSelectors, until end: EndRequest,
        _ around: Surroundings
    ) {
        self.request = request
        self.end = end
        self.around = around
        pair = SupervisedPair(
            units, names, absence: request.absence, finder: around.finder, hostName: around.hostName,
            clock: around.clock)
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_024))
    }

    /// Runs. Once a session has streamed, its report is returned whatever fails later, with the failure in it; before that,
    /// failures are thrown.
    public func perform() async throws(LinkRunFailure) -> LinkOutcome {
        let work = Task(executorPreference: clock.executor) { () -> Result<LinkOutcome, LinkRunFailure> in
            do throws(LinkRunFailure) { return .success(try await self.sessions()) } catch { return .failure(error) }
        }
        // A task of its own: to put lights out takes requests, which a cancelled task cannot make.
        let result = await withTaskCancellationHandler {
            await work.value
        } onCancel: { [end] in
            end.request()
        }
        await Task(executorPreference: clock.executor) { [pair] in await pair.close() }.value
        continuation.finish()
        return try result.get()
    }

    // MARK: A run

    private func sessions() async throws(LinkRunFailure) -> LinkOutcome {
        var earlier: [FailedSession] = []
        var latest: LinkOutcome?
        var units = try await usable()
        while true {
            var hasRun = false
            do throws(LinkRunFailure) {
                let outcome = try await session(on: units, after: earlier.reduce(.zero) { $0 + $1.elapsed })
                await pair.ran(for: outcome.elapsed)
                hasRun = true
                latest = outcome
            } catch {
                guard latest != nil else { throw error }
                latest?.failure = error
            }
            guard var outcome = latest else { continue }
            do throws(LinkRunFailure) {
                if let (role, error) = outcome.failure?.unitFailure, RecoveryCause(error) != nil, request.recovers,
                    !end.isRequested
                {
                    let step = try await recover(role, units, error)
                    units = try await usable()
                    if hasRun { earlier.append(FailedSession(outcome, role, error, step)) }
                    continue
                }
            } catch {
                outcome.failure = end.isRequested ? .ended : error
            }
            outcome.earlier = earlier.filter { $0.session != outcome.report.session }
            outcome.recovery = await pair.counters()
            return outcome
        }
    }

    private func usable() async throws(LinkRunFailure) -> LinkUnits {
        do throws(UnitError) {
            return try await end.cancellable { [pair] () async throws(UnitError) in try await pair.units() }
        } catch {
            throw .unit(error)
        }
    }

    private func recover(
        _ role: UnitRole, _ units: LinkUnits, _ failure: UnitError
    ) async throws(LinkRunFailure) -> RecoveryStep {
        continuation.yield(.recovering(role, failure))
        do throws(UnitError) {
            let step = try await end.cancellable { [pair] () async throws(UnitError) in
                try await pair.recover(role, units, after: failure)
            }
            continuation.yield(.recovered(role, step))
            return step
        } catch {
            throw .unit(error)
        }
    }

    // MARK: A session

    private func session(on units: LinkUnits, after before: Duration) async throws(LinkRunFailure) -> LinkOutcome {
        continuation.yield(.units(alice: units.alice.identity, bob: units.bob.identity))
        let settings = try await end.cancellable { () async throws(LinkRunFailure) -> LinkSettings in
            try await self.permit(units, lit: false)
            do throws(UnitError) { return try await LinkSettings(self.request, units) } catch { throw .unit(error) }
        }
        let session: LinkSession
        do throws(LinkError) {
            session = try await LinkSession(alice: units.alice, bob: units.bob, plan: settings.plan)
        } catch {
            throw .link(error)
        }
        let journal = try note(session, units)
        defer { journal.remove() }
        let notices = await UnitNotices.begin([units.alice, units.bob], clock: clock) { [continuation] in
            continuation.yield(.unit($0))
        }
        defer { notices.end() }
        var course: Course?
        var failure: LinkRunFailure?
        do throws(LinkRunFailure) {
            course = try await stream(session, units, settings, journal, SessionLoop(request, before: before))
        } catch {
            // What the end request cancelled fails in many ways; who asked for the end wants to hear of none.
            failure = end.isRequested ? .ended : error
        }
        journal.enter(.ending)
        let silent = await putOut(session, units)
        guard var course else { throw failure ?? .ended }
        _ = course.loop.handle(.dark(silent: silent))
        if end.isRequested { _ = course.loop.handle(.endRequested) }
        return LinkOutcome(
            alice: units.alice.identity, bob: units.bob.identity, settings: settings, report: course.report,
            reference: course.reference, monitors: course.monitors, elapsed: course.elapsed,
            stoppedBy: course.loop.stoppedBy ?? .request, failure: course.loop.failure.map { .init($0) })
    }

    private func note(_ session: LinkSession, _ units: LinkUnits) throws(LinkRunFailure) -> SessionJournal {
        do throws(SessionFolderFault) {
            return try SessionJournal(
                in: around.sessions, command: around.command, units: [units.alice.identity, units.bob.identity],
                session: session.number, purpose: request.purpose.description.lowercased())
        } catch {
            throw .journal(error)
        }
    }

    /// What is left of a session that streamed.
    private struct Course {
        var loop: SessionLoop
        var elapsed: Duration
        var report: LinkReport
        var reference: SessionReference
        var monitors: MonitorAccount
    }

    private func stream(
        _ session: LinkSession, _ units: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal,
        _ loop: SessionLoop
    ) async throws(LinkRunFailure) -> Course {
        try await end.cancellable { () async throws(LinkRunFailure) in
            try await self.prepare(session, units, settings, journal)
            try await self.permit(units, lit: true)
        }
        let reference = await SessionReference.find(request.records, units, settings)
        if let found = reference.found { await session.hold(against: found.baseline) }
        continuation.yield(.reference(reference))
        do throws(LinkError) { try await session.start() } catch { throw .link(error) }
        journal.enter(.streaming)
        continuation.yield(.started(session: session.number, plan: settings.plan))
        let monitoring = SessionMonitoring(
            session, units, policy: request.onAlarm ?? MonitorPolicy(request.purpose), clock: clock
        ) { [continuation] in continuation.yield(.monitor($0)) }
        let keyWatch =
            request.purpose == .key
            ? KeyWatch(KeyQuestion(alice: units.alice, bob: units.bob, state: request.records), clock: clock) : nil
        let watch = SessionWatch(
            loop, monitoring: monitoring, keyWatch: keyWatch, end: end, journal: journal, clock: clock
        ) { [continuation] in continuation.yield(.moment($0)) }
        let judging = [
            Task(executorPreference: clock.executor) { await monitoring.run() },
            Task(executorPreference: clock.executor) { await keyWatch?.run() ?? () },
        ]
        defer { for task in judging { task.cancel() } }
        let last: SessionLoop.Event
        do throws(LinkError) {
            _ = try await session.run { await watch.isEnough($0) }
            last = .streamsEnded(await watch.wasStopped ? nil : desertion(session, units))
        } catch {
            // Lost in the middle: what was counted until then still counts.
            last = .failed(error)
        }
        continuation.yield(.stopped)
        let report = await session.report()
        var (loop, elapsed) = await watch.finish(last)
        _ = loop.handle(.judged(fault: await session.fault(), alice: report.alice, bob: report.bob))
        return Course(
            loop: loop, elapsed: elapsed, report: report, reference: reference, monitors: await monitoring.account)
    }

    private func permit(_ units: LinkUnits, lit: Bool) async throws(LinkRunFailure) {
        guard request.purpose == .key else { return }
        switch await KeyQuestion(alice: units.alice, bob: units.bob, state: request.records).ask(lit: lit) {
        case .granted: return
        case .refused(let refusal): throw .refused(refusal)
        case .unknown(let doubt): throw .unproven(doubt)
        }
    }

    /// Electronic noise with the lights off, then lights on. May be cancelled at any point.
    private func prepare(
        _ session: LinkSession, _ units: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws(LinkRunFailure) {
        do throws(UnitError) {
            try await units.alice.lightDown()
            try await units.bob.lightDown()
        } catch {
            throw .unit(error)
        }
        do throws(LinkError) {
            continuation.yield(.measuringElectronicNoise(samples: settings.electronicNoiseSamples))
            let noise = try await session.measureElectronicNoise(samples: settings.electronicNoiseSamples)
            continuation.yield(.electronicNoise(noise))
            journal.enter(.warmingUp)
            continuation.yield(.warmingUp(limit: settings.warmUpLimit))
            let began = clock.now
            try await session.lightUp(within: settings.warmUpLimit)
            continuation.yield(.lit(after: clock.now - began))
        } catch .unit(let role, .notReached) {
            // A unit that answers and does not become ready has another remedy than one that is silent.
            throw .notReady(role, within: settings.warmUpLimit)
        } catch {
            throw .link(error)
        }
    }

    private func desertion(_ session: LinkSession, _ units: LinkUnits) async -> SessionEnding.Desertion {
        let deserter = await session.deserter()
        var desertion = SessionEnding.Desertion(unit: deserter?.role, cause: deserter?.cause, states: [])
        for role in [UnitRole.alice, .bob] { desertion.states.append((role, try? await units[role].status())) }
        return desertion
    }

    /// Lights out, whatever happened. Returns the units that do not confirm.
    private func putOut(_ session: LinkSession, _ units: LinkUnits) async -> [UnitIdentity] {
        await session.lightDown()
        var silent: [UnitIdentity] = []
        for unit in [units.alice, units.bob] where !(await unit.confirmsDark()) {
            silent.append(unit.identity)
            continuation.yield(.silent(unit.identity))
        }
        return silent
    }
}

extension LinkRunFailure {
    /// A session's ending as the run's.
    fileprivate init(_ ending: SessionEnding) {
        if case .request = ending { self = .ended } else { self = .session(ending) }
    }
}
