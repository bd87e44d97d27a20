internal import Calibration
public import Foundation
internal import LinkControl
public import UnitControl
internal import UnitProtocol
public import UnitTransport

/// Sessions of one link, until one ends as it should or recovery gives up. Whatever happens, both units are told to go dark,
/// and are closed at the end.
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
        /// The wall clock, which records expire by.
        public var date: @Sendable () -> Date

        /// Surroundings of a program.
        public init(
            finder: any UnitFinder, hostName: String, sessions: RunningSessions, command: String,
            clock: HostClock = .monotonic, date: @escaping @Sendable () -> Date = { Date() }
        ) {
            self.finder = finder
            self.hostName = hostName
            self.sessions = sessions
            self.command = command
            self.clock = clock
            self.date = date
        }
    }

    private let request: LinkRequest
    private let end: EndRequest
    private let around: Surroundings
    private let pair: SupervisedPair
    private let told = LinkEvents()
    /// Of the newest session; it stays while its units are made usable again, so that others see that light may come back.
    private let note = Guarded<SessionJournal?>(nil)
    private var clock: HostClock { around.clock }

    /// What happens, for one listener. A slow one loses the oldest, which is counted.
    public var events: AsyncStream<LinkEvent> { told.events }

    /// How the running session goes, ten times a second, for one listener: only the newest is kept.
    public var moments: AsyncStream<LinkMoment> { told.moments }

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
    }

    /// Runs. Once a session has streamed, its report is returned whatever fails later, with the failure in it; before that,
    /// failures are thrown.
    public func perform() async throws(LinkRunFailure) -> LinkOutcome {
        defer { told.finish() }
        return try await end.inOrder(by: clock) { () async throws(LinkRunFailure) in
            let result: Result<LinkOutcome, LinkRunFailure>
            do throws(LinkRunFailure) { result = .success(try await self.sessions()) } catch {
                result = .failure(error)
            }
            await self.pair.close()
            return try result.get()
        }
    }

    /// Sessions, one after another as long as a failure of a unit is recovered from.
    private func sessions() async throws(LinkRunFailure) -> LinkOutcome {
        defer { note.withLock { $0?.remove() } }
        var units = try await usable()
        var outcome = try await session(on: units, after: .zero)
        var earlier: [FailedSession] = []
        while let (role, error) = recoverable(outcome.failure) {
            do throws(LinkRunFailure) {
                note.withLock { $0?.enter(.recovering) }
                let step = try await recover(role, units, error)
                units = try await usable()
                // A session that could not be prepared has no report: the one before it is still what is left.
                if earlier.last?.session != outcome.report.session {
                    earlier.append(FailedSession(outcome, role, error, step))
                }
                outcome = try await session(on: units, after: earlier.reduce(.zero) { $0 + $1.elapsed })
            } catch {
                outcome.failure = end.isRequested ? .ended : error.ofALostUnit
            }
        }
        outcome.earlier = earlier.filter { $0.session != outcome.report.session }
        outcome.recovery = await pair.counters()
        outcome.unheardEvents = told.unheard
        return outcome
    }

    /// The unit whose failure a step of recovery may mend, if that is wished.
    ///
    /// Not after a pause of this program: the units were dark meanwhile, and somebody may have uncoupled a fibre. Light
    /// comes back when a person says so.
    private func recoverable(_ failure: LinkRunFailure?) -> (UnitRole, UnitError)? {
        guard let (role, error) = failure?.unitFailure, RecoveryCause(error) != nil, error.pause == nil,
            request.recovers, !end.isRequested
        else { return nil }
        return (role, error)
    }

    private func replaceNote(by journal: SessionJournal) {
        let old = note.withLock { note in
            defer { note = journal }
            return note
        }
        old?.remove()
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
        told.tell(.recovering(role, failure))
        do throws(UnitError) {
            let step = try await end.cancellable { [pair, clock] () async throws(UnitError) in
                try await PauseWatch.during(units[role].identity.heartbeatTimeout, by: clock) {
                    () async throws(UnitError) in try await pair.recover(role, units, after: failure)
                }
            }
            told.tell(.recovered(role, step))
            return step
        } catch {
            throw .unit(error)
        }
    }

    /// One session: prepared, run, judged; then lights out, in the task that nothing cancels.
    private func session(on units: LinkUnits, after before: Duration) async throws(LinkRunFailure) -> LinkOutcome {
        told.tell(.units(alice: units.alice.identity, bob: units.bob.identity))
        let course = SessionCourse(request, units, end, around, told)
        let settings = try await course.settings()
        if let goal = request.unreachable(with: settings) { throw .tooShort(goal) }
        let session = try await course.agree(settings)
        let journal = try course.note(session)
        replaceNote(by: journal)
        let notices = await UnitNotices.begin([units.alice, units.bob], clock: clock) { [told] in told.tell(.unit($0)) }
        defer { notices.end() }
        var outcome: LinkOutcome?
        var failure = LinkRunFailure.ended
        var loop = SessionLoop(request, before: before)
        do throws(LinkRunFailure) {
            outcome = try await course.run(session, settings, journal, &loop)
        } catch {
            // What the end request cancelled fails in many ways; who asked for the end wants to hear of none. Units that
            // went dark for want of heartbeats fail in many ways too.
            let pause = await units.pause
            failure = end.isRequested ? .ended : pause.map { .session(.paused($0)) } ?? error
        }
        if end.isRequested { loop.handle(.endRequested) }
        journal.enter(.ending)
        loop.handle(.dark(silent: await course.putOut(session)))
        guard var outcome else { throw failure }
        outcome.failure = loop.failure.map { LinkRunFailure($0) }
        await pair.ran(for: outcome.elapsed)
        return outcome
    }
}

extension LinkRunFailure {
    /// The same, where a unit that was there is looked for in vain: it is gone, and its name was right.
    fileprivate var ofALostUnit: LinkRunFailure {
        if case .unit(.transport(.notFound(let name))) = self { .unit(.transport(.gone(path: name))) } else { self }
    }

    /// A session's ending as the run's.
    fileprivate init(_ ending: SessionEnding) {
        if case .request = ending { self = .ended } else { self = .session(ending) }
    }
}
