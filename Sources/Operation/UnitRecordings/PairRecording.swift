internal import CalibrationRecords
internal import Foundation
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

    private let request: Request
    private let folder: String
    private let replacing: Bool
    private let recorder: String
    private let end: EndRequest
    private let sessions: RunningSessions
    private let command: String
    private let tell: @Sendable (Event) -> Void

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
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw .folder(path: folder, code: errno)
        }
    }

    /// Records with two units that are open, and leaves them dark.
    public func perform(on units: LinkUnits) async throws(LiveRecordingFailure) -> Outcome {
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
            result = .failure(end.isRequested ? .ended : error)
        }
        journal.enter(.ending)
        // Not cancellable: the light goes out, whatever happened.
        _ = await Task(executorPreference: clock.executor) { await session.lightDown() }.value
        return try result.get()
    }

    private var linkRequest: LinkRequest {
        var link = LinkRequest(request.purpose == .calibration ? .calibration : .test, records: StateFolder())
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
        try await prepare(session, units, settings, journal)
        let writer = try await writer(units, settings, session.number)
        do throws(LinkError) {
            try await session.record(to: writer)
            try await session.start()
        } catch {
            throw .link(error)
        }
        journal.enter(.streaming)
        tell(.started(session: session.number))
        // What the units lose on the way is in the files; a unit that fails ends them there.
        let failure = await stream(session, writer, journal, units.bob.clock)
        let report = await session.report()
        let scale = await session.modulationScale
        do throws(RecordingError) { try writer.finish(scale: scale, delay: report.delay) } catch { throw .file(error) }
        if let failure {
            tell(.endedEarly)
            throw .link(failure)
        }
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

    private func stream(
        _ session: LinkSession, _ writer: PairWriter, _ journal: SessionJournal, _ clock: HostClock
    ) async -> LinkError? {
        let began = clock.now
        do throws(LinkError) {
            _ = try await session.run { [request, end, tell] _ in
                journal.refresh()
                let (elapsed, state) = (clock.now - began, writer.state)
                tell(.moment(elapsed: elapsed, symbols: state.symbols, vacuumSymbols: state.vacuum))
                if state.failure != nil || end.isRequested { return true }
                if let wanted = request.symbols, state.symbols >= wanted { return true }
                return request.duration.map { elapsed >= $0 } ?? false
            }
            return nil
        } catch {
            return error
        }
    }

    /// Electronic noise in the dark, then lights.
    private func prepare(
        _ session: LinkSession, _ units: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws(LiveRecordingFailure) {
        do throws(UnitError) {
            try await end.cancellable { () async throws(UnitError) in try await units.alice.lightDown() }
        } catch {
            throw .unit(error)
        }
        tell(.measuringElectronicNoise(samples: request.darkSamples))
        let dark = UnitRecording(
            .electronicNoise, samples: request.darkSamples, output: "\(folder)/electronic_noise",
            replacing: replacing, recorder: recorder, until: end
        ) { _ in }
        _ = try await dark.record(units.bob)
        if end.isRequested { throw .ended }
        journal.enter(.warmingUp)
        tell(.warmingUp(limit: settings.warmUpLimit))
        do throws(LinkError) {
            try await end.cancellable { () async throws(LinkError) in
                try await session.lightUp(within: settings.warmUpLimit)
            }
        } catch {
            throw .link(error)
        }
        if end.isRequested { throw .ended }
    }

    private func writer(
        _ units: LinkUnits, _ settings: LinkSettings, _ session: UInt64
    ) async throws(LiveRecordingFailure) -> PairWriter {
        let sender: Capabilities
        do throws(UnitError) { sender = try await units.alice.capabilities() } catch { throw .unit(error) }
        let receiver = settings.receiver
        let layout: SampleLayout = receiver.detection == .homodyne ? .oneQuadrature : .bothQuadratures
        func metadata(
            _ unit: UnitControl.Unit, _ data: Capabilities, _ layout: SampleLayout, _ kind: RecordingKind
        ) -> RecordingMetadata {
            var metadata = RecordingMetadata(layout: layout, kind: kind)
            metadata.describe(unit.identity, data)
            metadata.recorder = recorder
            metadata.symbolRate = settings.plan.symbolRate
            metadata.session = session
            metadata.purpose = request.purpose
            metadata.began = Date()
            return metadata
        }
        var files = PairWriter.Metadata(
            modulation: metadata(units.alice, sender, .bothQuadratures, .modulation),
            signal: metadata(units.bob, receiver, layout, .signal), basis: nil,
            vacuum: metadata(units.bob, receiver, layout, .vacuum))
        if receiver.detection == .homodyne {
            files.basis = metadata(units.bob, receiver, .bytes, .basis)
            files.signal.basisRecording = "basis"
        }
        do throws(RecordingError) {
            return try PairWriter(folder: folder, files, replacing: replacing)
        } catch {
            throw .file(error)
        }
    }
}
