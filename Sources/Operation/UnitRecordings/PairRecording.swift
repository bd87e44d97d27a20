internal import CalibrationRecords
internal import LinkControl
public import LinkOperation
public import SignalRecordings
public import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// A session of a pair, of which what both ends know is recorded into a folder: electronic noise, taken before; then
/// modulation and signal (the training symbols), basis for homodyne, and vacuum. What was lost is declared in the files.
/// Never a session of purpose key.
public struct PairRecording: Sendable {
    /// What is wanted.
    public struct Request: Sendable {
        /// Calibration or test.
        public var purpose: RecordablePurpose = .test
        /// It ends after so many training symbols; nil for never.
        public var symbols: Int64?
        /// It ends after so much streaming; nil for never.
        public var duration: Duration?
        /// Samples of electronic noise, all quadratures together.
        public var darkSamples: UInt64 = 1_000_000
        /// Hz; nil for the highest that both units and their lines can do.
        public var symbolRate: Double?
        /// Part of the slots that Bob makes vacuum.
        public var vacuumFraction = 0.3
        /// Part of the slots that Alice makes training.
        public var trainingFraction = 0.5
        /// V_A per quadrature, SNU.
        public var modulationVariance: Double?
        /// Longest warm-up; nil for what the units state, with a margin.
        public var warmUpLimit: Duration?

        /// The usual values.
        public init() {}
    }

    /// What happens.
    public enum Event: Sendable {
        /// Electronic noise is taken, so many samples.
        case measuringElectronicNoise(samples: UInt64)
        /// So much of it is taken, 0 to 1, and the rest takes about so long.
        case progress(Double, left: Duration)
        /// The lights come up, within this.
        case warmingUp(limit: Duration)
        /// Symbols come.
        case started(session: UInt64)
        /// How it goes, ten times a second: time of streaming, training symbols, vacuum symbols.
        case moment(elapsed: Duration, symbols: Int64, vacuumSymbols: Int64)
        /// What a unit says unasked.
        case unit(UnitNotice)
        /// The session ended before its time; the recordings end there.
        case endedEarly
    }

    /// What was recorded.
    public struct Outcome: Sendable {
        /// Which units.
        public var units: (alice: UnitIdentity, bob: UnitIdentity)
        /// What was done.
        public var settings: LinkSettings
        /// Number of the session.
        public var session: UInt64
        /// Training symbols.
        public var symbols: Int64
        /// Vacuum symbols.
        public var vacuumSymbols: Int64
        /// Symbols that are declared lost.
        public var lostSymbols: UInt64
        /// Of Bob's index against Alice's; nil if it was not found.
        public var delay: Int?
        /// The end was asked for before all was there.
        public var isInterrupted: Bool
    }

    /// Files in the folder.
    static let names = ["electronic_noise", "vacuum", "modulation", "signal", "basis"]

    let request: Request
    let folder: String
    let replacing: Bool
    let recorder: String
    let end: EndRequest
    private let sessions: RunningSessions
    private let command: String
    let tell: @Sendable (Event) -> Void

    /// A recording into a folder. `recorder` is the program that the files name; the session is noted in `sessions` as
    /// `command`. It ends in order when `end` is requested, with what is there.
    public init(
        _ request: Request, folder: String, replacing: Bool, recorder: String, until end: EndRequest,
        notedIn sessions: RunningSessions, as command: String, _ tell: @escaping @Sendable (Event) -> Void
    ) {
        self.request = request
        self.folder = folder
        self.replacing = replacing
        self.recorder = recorder
        self.end = end
        self.sessions = sessions
        self.command = command
        self.tell = tell
    }

    /// What can be known before a unit is touched: makes the folder, and throws if a file is there and may not be replaced.
    public func checkFiles() throws(LiveRecordingFailure) {
        do throws(RecordingError) {
            for name in Self.names {
                try RecordingWriter.check(RecordingFiles("\(folder)/\(name)"), replacing: replacing)
            }
        } catch {
            throw .file(error)
        }
        try FolderMaking.make(folder)
    }

    /// Records with two units that are open, and leaves them dark. What the units deliver until a session fails, or ends by
    /// itself, is in the files, and why is thrown; `.ended` is thrown if the end was requested before there was anything of
    /// a session. Cancelling the task that performs it requests the end.
    public func perform(on units: LinkUnits) async throws(LiveRecordingFailure) -> Outcome {
        try await end.inOrder(by: units.bob.clock) { () async throws(LiveRecordingFailure) in try await run(units) }
    }

    private func run(_ units: LinkUnits) async throws(LiveRecordingFailure) -> Outcome {
        let settings: LinkSettings
        do throws(UnitError) { settings = try await LinkSettings(linkRequest, units) } catch { throw .unit(error) }
        let session: LinkSession
        do throws(LinkError) {
            session = try await LinkSession(alice: units.alice, bob: units.bob, plan: settings.plan)
        } catch {
            throw .link(error)
        }
        guard units.bob.identity.capabilities.contains(.disclosure) else {
            throw .noDisclosure(serial: units.bob.identity.serial)
        }
        let journal: SessionJournal
        do throws(SessionFolderFault) {
            journal = try SessionJournal(
                in: sessions, command: command, units: [units.alice.identity, units.bob.identity],
                session: session.number, purpose: settings.plan.purpose.description.lowercased())
        } catch {
            throw .journal(error)
        }
        defer { journal.remove() }
        let clock = units.bob.clock
        let notices = await UnitNotices.begin([units.alice, units.bob], clock: clock) { [tell] in tell(.unit($0)) }
        defer { notices.end() }
        let result: Result<Outcome, LiveRecordingFailure>
        do throws(LiveRecordingFailure) {
            result = .success(try await record(session, units, settings, journal))
        } catch {
            result = .failure(error)
        }
        journal.enter(.ending)
        // The light goes out, whatever happened.
        await session.lightDown()
        return try result.get()
    }

    private var linkRequest: LinkRequest {
        // Records are for sessions of purpose key; the folder of the recording has none.
        let records = StateFolder(folder, environment: [:])
        var link = LinkRequest(request.purpose == .calibration ? .calibration : .test, records: records)
        link.symbolRate = request.symbolRate
        link.vacuumFraction = request.vacuumFraction
        link.trainingFraction = request.trainingFraction
        link.modulationVariance = request.modulationVariance
        link.warmUpLimit = request.warmUpLimit
        return link
    }

    private func record(
        _ session: LinkSession, _ units: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws(LiveRecordingFailure) -> Outcome {
        let writer = try await begin(session, units, settings, journal)
        tell(.started(session: session.number))
        let course = await stream(session, writer, journal, units.bob.clock)
        journal.enter(.ending)
        let report = await session.report()
        let failure = await judge(course, session, units)
        // What the units lose on the way is in the files; a session that fails ends them there.
        do throws(RecordingError) {
            try writer.finish(scale: await session.modulationScale, delay: report.delay)
            if failure != nil, !course.wasEnough { tell(.endedEarly) }
        } catch {
            // A unit's failure explains the file's, unless the file's is what ended the session.
            if let failure, !failure.isOfConsumer { throw failure }
            if case .empty = error, end.isRequested { throw .ended }
            throw .file(error)
        }
        if let failure { throw failure }
        do throws(RecordingError) {
            return Outcome(
                units: (units.alice.identity, units.bob.identity), settings: settings, session: session.number,
                symbols: try SignalRecording("\(folder)/signal").symbols,
                vacuumSymbols: try SignalRecording("\(folder)/vacuum").symbols, lostSymbols: report.bob.gapSymbols,
                delay: report.delay, isInterrupted: end.isRequested)
        } catch {
            throw .file(error)
        }
    }

    /// Everything until symbols come: nothing is recorded of a session that is ended before.
    private func begin(
        _ session: LinkSession, _ units: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws(LiveRecordingFailure) -> PairWriter {
        do throws(LiveRecordingFailure) {
            try await prepare(session, units, settings, journal)
            let writer = try await writer(units, settings, session.number)
            do throws(LinkError) {
                try await session.record(to: writer)
                try await session.start()
            } catch {
                throw .link(error)
            }
            journal.enter(.streaming)
            return writer
        } catch {
            // What the end request cancelled fails in many ways; who asked for the end wants to hear of none.
            throw end.isRequested ? .ended : error
        }
    }

    /// How the streams ended.
    private struct Course {
        /// A unit, its line or the writer failed.
        var failure: LinkError?
        /// It was this program that had enough.
        var wasEnough: Bool
    }

    private func stream(
        _ session: LinkSession, _ writer: PairWriter, _ journal: SessionJournal, _ clock: HostClock
    ) async -> Course {
        let began = clock.now
        let wasEnough = Guarded(false)
        do throws(LinkError) {
            _ = try await session.run { [request, end, tell] _ in
                let now = clock.now
                let (elapsed, state) = (now - began, writer.state)
                journal.renew(at: now)
                tell(.moment(elapsed: elapsed, symbols: state.symbols, vacuumSymbols: state.vacuum))
                let isEnough =
                    state.failure != nil || end.isRequested || request.symbols.map { state.symbols >= $0 } ?? false
                    || request.duration.map { elapsed >= $0 } ?? false
                if isEnough { wasEnough.withLock { $0 = true } }
                return isEnough
            }
            return Course(failure: nil, wasEnough: wasEnough.withLock { $0 })
        } catch {
            return Course(failure: error, wasEnough: wasEnough.withLock { $0 })
        }
    }

    /// What is wrong with a session that streamed; nil if nothing is. A session that nobody here had enough of was ended by
    /// the units.
    private func judge(
        _ course: Course, _ session: LinkSession, _ units: LinkUnits
    ) async -> LiveRecordingFailure? {
        if let failure = course.failure { return .link(failure) }
        let fault = await session.fault()
        guard !course.wasEnough else { return fault.map { .link($0) } }
        let deserter = await session.deserter()
        for role in [UnitRole.alice, .bob] {
            if let pause = await units[role].pause { return .link(.unit(role, .heartbeatsMissed(pause))) }
        }
        if deserter == nil, let fault { return .link(fault) }
        var desertion = SessionEnding.Desertion(unit: deserter?.role, cause: deserter?.cause, states: [])
        for role in [UnitRole.alice, .bob] { desertion.states.append((role, try? await units[role].status())) }
        return .deserted(desertion)
    }
}

extension LiveRecordingFailure {
    /// Whether whoever takes the samples ended the session.
    fileprivate var isOfConsumer: Bool {
        if case .link(.unit(_, .consumerFailed)) = self { true } else { false }
    }
}
