import Foundation
import CalibrationRecords
import LinkControl
import LinkOperation
import LocalUnits
import NodeReports
import SignalRecordings
import UnitControl
import UnitProtocol
import UnitTransport

/// One `cvqkd record --alice A --bob B`: electronic noise, lights, a session until enough, files, lights out.
struct PairRecording: Sendable {
    let alice: UnitSelector
    let bob: UnitSelector
    let options: RecordPairOptions
    let darkSamples: UInt64
    let folder: String
    let replacing: Bool
    private let interruption = Interruption()
    private let live = LiveLine()

    init(
        alice: UnitSelector, bob: UnitSelector, options: RecordPairOptions, darkSamples: UInt64, folder: String,
        replacing: Bool
    ) {
        (self.alice, self.bob, self.options) = (alice, bob, options)
        (self.darkSamples, self.folder, self.replacing) = (darkSamples, folder, replacing)
    }

    static let names = ["electronic_noise", "vacuum", "modulation", "signal", "basis"]

    func perform() async throws -> PairRecordDocument {
        for name in Self.names { try RecordingWriter.check(RecordingFiles("\(folder)/\(name)"), replacing: replacing) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try await interruption.withUnits([alice, bob], task: "record") { units in
            defer { live.end() }
            return try await record(LinkUnits(alice: units[0], bob: units[1]))
        }
    }

    private func record(_ pair: LinkUnits) async throws -> PairRecordDocument {
        let settings = try await LinkSettings(LinkRequest(self), pair)
        let session = try await LinkSession(alice: pair.alice, bob: pair.bob, plan: settings.plan)
        guard pair.bob.identity.capabilities.contains(.disclosure) else {
            throw CommandFailure(
                .refused, "\(pair.bob.identity.serial) does not deliver what Alice discloses: nothing is known to both")
        }
        let journal = try SessionJournal(
            command: "record", units: [pair.alice.identity, pair.bob.identity], session: session.number,
            purpose: settings.plan.purpose.word)
        defer { journal.remove() }
        let notes = await UnitNotices.show([pair.alice, pair.bob], on: live)
        defer { notes.end() }
        let result: Result<PairRecordDocument, any Error>
        do {
            result = .success(try await run(session, pair, settings, journal))
        } catch {
            result = .failure(
                interruption.isRequested
                    ? CommandFailure(.interrupted, "ended on request before anything was recorded") : error)
        }
        journal.enter(.ending)
        // Not cancellable: the light goes out, whatever happened.
        _ = await Task { await session.lightDown() }.value
        return try result.get()
    }

    private func run(
        _ session: LinkSession, _ pair: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws -> PairRecordDocument {
        try await prepare(session, pair, settings, journal)
        let writer = try await writer(pair, settings, session.number)
        try await session.record(to: writer)
        try await session.start()
        journal.enter(.streaming)
        live.note("session \(NumberText.session(session.number)); Ctrl-C ends it, and keeps what is there")
        let (live, interruption, options, began) = (live, interruption, options, ContinuousClock.now)
        let isEnough: @Sendable (LinkReport) async -> Bool = { [journal] _ in
            journal.refresh()
            let (seconds, state) = (NumberText.seconds(began.duration(to: .now)), writer.state)
            live.show(
                "\(NumberText.significant(seconds, digits: 3)) s, \(NumberText.count(state.symbols)) training symbols, \(NumberText.count(state.vacuum)) vacuum"
            )
            if state.failure != nil || interruption.isRequested { return true }
            if let wanted = options.symbols, state.symbols >= wanted { return true }
            return options.duration.map { seconds >= $0 } ?? false
        }
        // What the units lose on the way is in the files; a unit that fails ends them there.
        var failure: LinkError?
        do throws(LinkError) { _ = try await session.run(isEnough: isEnough) } catch { failure = error }
        let report = await session.report()
        try writer.finish(scale: await session.modulationScale, delay: report.delay)
        if let failure {
            live.note("the recordings in \(folder) end where the session did")
            throw failure
        }
        var document = PairRecordDocument(
            folder: folder, settings: settings, pair: pair, session: session.number)
        (document.symbols, document.vacuumSymbols) = try Self.symbols(folder)
        document.lostSymbols = report.bob.gapSymbols
        document.delay = report.delay
        document.endedBy = interruption.isRequested ? "interruption" : "limit"
        return document
    }

    private static func symbols(_ folder: String) throws(RecordingError) -> (Int64, Int64) {
        (try SignalRecording("\(folder)/signal").symbols, try SignalRecording("\(folder)/vacuum").symbols)
    }

    private func prepare(
        _ session: LinkSession, _ pair: LinkUnits, _ settings: LinkSettings, _ journal: SessionJournal
    ) async throws {
        try await interruption.cancellable { try await pair.alice.lightDown() }
        let dark = UnitRecording(
            selector: bob, kind: .electronicNoise, samples: darkSamples, output: "\(folder)/electronic_noise",
            replacing: replacing, interruption: interruption, live: live)
        live.show("electronic noise: \(NumberText.count(darkSamples)) samples …")
        _ = try await dark.record(pair.bob)
        try interruption.throwIfRequested()
        journal.enter(.warmingUp)
        live.show("warming up, at most \(NumberText.significant(settings.warmUpLimit.inSeconds)) s …")
        try await interruption.cancellable { try await session.lightUp(within: settings.warmUpLimit) }
        try interruption.throwIfRequested()
    }

    private func writer(
        _ pair: LinkUnits, _ settings: LinkSettings, _ session: UInt64
    ) async throws -> PairWriter {
        let sender = try await pair.alice.capabilities()
        let receiver = try await pair.bob.capabilities()
        let layout: SampleLayout = settings.receiver.detection == .homodyne ? .oneQuadrature : .bothQuadratures
        func metadata(_ unit: Unit, _ data: Capabilities, _ layout: SampleLayout, _ kind: RecordingKind)
            -> RecordingMetadata
        {
            var metadata = UnitRecording.metadata(unit.identity, data, RecordingMetadata(layout: layout, kind: kind))
            metadata.symbolRate = settings.plan.symbolRate
            metadata.session = session
            metadata.purpose = options.purpose
            metadata.began = Date()
            return metadata
        }
        var files = PairWriter.Metadata(
            modulation: metadata(pair.alice, sender, .bothQuadratures, .modulation),
            signal: metadata(pair.bob, receiver, layout, .signal), basis: nil,
            vacuum: metadata(pair.bob, receiver, layout, .vacuum))
        if settings.receiver.detection == .homodyne {
            files.basis = metadata(pair.bob, receiver, .bytes, .basis)
            files.signal.basisRecording = "basis"
        }
        return try PairWriter(folder: folder, files, replacing: replacing)
    }
}

extension LinkRequest {
    init(_ recording: PairRecording) {
        let options = recording.options
        self.init(options.purpose == .calibration ? .calibration : .test, records: StateFolder())
        symbolRate = options.symbolRate
        vacuumFraction = options.vacuumFraction
        trainingFraction = options.trainingFraction
        modulationVariance = options.modulationVariance
        warmUpLimit = options.warmUpLimit.map { .seconds($0) }
    }
}

extension PairRecordDocument {
    init(folder: String, settings: LinkSettings, pair: LinkUnits, session: UInt64) {
        self.init(
            folder: folder, alice: pair.alice.identity, bob: pair.bob.identity, session: session,
            purpose: settings.plan.purpose, detection: settings.receiver.detection,
            estimate: Self.estimate(folder, settings))
    }

    /// The command line that estimates the channel from these files.
    private static func estimate(_ folder: String, _ settings: LinkSettings) -> String {
        let place = "'" + folder.replacingOccurrences(of: "'", with: "'\\''") + "'"
        let detection = settings.receiver.detection == .homodyne ? "homodyne" : "heterodyne"
        var line =
            "cvqkd estimate --modulation \(place)/modulation --signal \(place)/signal --off \(place)/electronic_noise"
            + " --on \(place)/vacuum --detection \(detection) --efficiency \(settings.receiver.detectorEfficiency)"
        if settings.receiver.detectorEfficiencySigma.isFinite, settings.receiver.detectorEfficiencySigma > 0 {
            line += " --efficiency-sigma \(settings.receiver.detectorEfficiencySigma)"
        }
        return line
    }

    /// For people.
    var text: String {
        var sheet = Sheet()
        sheet.add("recordings", folder)
        sheet.add("units", "\(alice), \(bob)" + (emulated ? ", EMULATED" : ""))
        sheet.add("session", "\(session), \(purpose), ended by \(endedBy)")
        sheet.add(
            "symbols",
            "\(NumberText.count(symbols)) training, \(NumberText.count(vacuumSymbols)) vacuum, \(NumberText.count(Int64(clamping: lostSymbols))) lost"
        )
        return sheet.text + "\n\n\(estimate)"
    }
}
