import ArgumentParser
import LinkOperation
import NodeReports
import ReadableText
import SignalRecordings
import UnitControl
import UnitProtocol
import UnitRecordings
import UnitTransport

struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Records a unit's noise, or a session of a pair, as SigMF.",
        discussion: """
            With --alice and --bob: a session of purpose calibration or test, into a folder: modulation and signal (the \
            training symbols, which both sides know), basis for homodyne, vacuum, and electronic_noise, taken before. \
            What was lost is declared in the files. 'cvqkd estimate' reads them; the command line is printed.

            With UNIT: works with the unit alone, by its own captures, one behind the other: each begins a segment of the recording. \
            electronic_noise is taken dark; vacuum with the local oscillator on and the shutter closed; capture as the \
            unit stands. Never in a session of purpose key, which the unit refuses too. Ctrl-C leaves a shorter \
            recording, and the unit dark.

            EXAMPLES:
              cvqkd record --alice A-0001 --bob B-0001 --symbols 1000000 --output folder
              cvqkd record B-0001 --kind electronic_noise --samples 4000000 --output dark
              cvqkd record B-0001 --kind vacuum --samples 4000000 --output vacuum
            """)

    @Argument(help: "usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var unit: UnitSelector?

    @Option(
        help: ArgumentHelp("electronic_noise, vacuum or capture.", valueName: "kind"),
        completion: .list(["electronic_noise", "vacuum", "capture"]), transform: Self.readKind)
    var kind: RecordingKind?

    @OptionGroup var pair: RecordPairOptions

    @Option(
        help: ArgumentHelp(
            "Number of samples, all quadratures together; of a pair, those of electronic noise.", valueName: "n"))
    var samples: UInt64 = 1_000_000

    @Option(
        help: ArgumentHelp("FILE.sigmf-meta and FILE.sigmf-data; of a pair, the folder.", valueName: "file"),
        completion: .file())
    var output: String

    @Flag(help: "Overwrite the files.")
    var force = false

    @OptionGroup var format: OutputOptions

    @Sendable private static func readKind(_ text: String) throws -> RecordingKind {
        guard let kind = RecordingKind(rawValue: text), [.electronicNoise, .vacuum, .capture].contains(kind) else {
            throw ValidationError("One unit alone records electronic_noise, vacuum or capture, not '\(text)'.")
        }
        return kind
    }

    func validate() throws {
        guard samples >= 2, samples <= 1 << 40 else { throw ValidationError("--samples lies between 2 and 1e12.") }
        try pair.validate()
        switch (unit, kind, pair.alice, pair.bob) {
        case (.some, .some, nil, nil), (nil, nil, .some, .some): break
        default: throw ValidationError("Give UNIT and --kind, or --alice and --bob.")
        }
    }

    func run() async throws {
        if let alice = pair.alice, let bob = pair.bob { return try await record(alice, bob) }
        guard let unit, let kind else { return }
        try RecordingWriter.check(RecordingFiles(output), replacing: force)
        let (live, interruption) = (LiveLine(), Interruption())
        let outcome = try await interruption.withUnit(unit, task: "record", leavesDark: kind != .capture) { unit in
            defer { live.end() }
            return try await UnitRecording(
                kind, samples: samples, output: output, replacing: force, recorder: CVQKD.nameAndVersion,
                until: interruption.end
            ) { event in
                switch event {
                case .warmingUp: live.show("warming up …")
                case .progress(let done, let left):
                    live.show("\(Int(100 * done)) %, \(NumberText.clock(left.inSeconds)) left")
                }
            }.perform(on: unit)
        }
        let document = RecordDocument(outcome)
        try Output.show(document.text, json: document, if: format.json)
        if document.endedBy == "interruption" {
            throw CommandFailure(
                .interrupted, "ended on request; the recording is shorter, and the unit was told to go dark")
        }
    }

    private static func show(_ event: PairRecording.Event, _ folder: String, on live: LiveLine) {
        switch event {
        case .measuringElectronicNoise(let samples):
            live.show("electronic noise: \(NumberText.count(samples)) samples …")
        case .progress(let done, let left):
            live.show("electronic noise: \(Int(100 * done)) %, \(NumberText.clock(left.inSeconds)) left")
        case .warmingUp(let limit):
            live.show("warming up, at most \(NumberText.significant(limit.inSeconds)) s …")
        case .started(let session):
            live.note("session \(NumberText.session(session)); Ctrl-C ends it, and keeps what is there")
        case .moment(let elapsed, let symbols, let vacuum):
            live.show(
                "\(NumberText.significant(elapsed.inSeconds, digits: 3)) s, \(NumberText.count(symbols)) training symbols, \(NumberText.count(vacuum)) vacuum"
            )
        case .unit(let notice): if let words = notice.words { live.note("\(words)") }
        case .endedEarly: live.note("the recordings in \(folder) end where the session did")
        }
    }

    private func record(_ alice: UnitSelector, _ bob: UnitSelector) async throws {
        let (live, interruption) = (LiveLine(), Interruption())
        let task = "record"
        let recording = PairRecording(
            pair.request(darkSamples: samples), folder: output, replacing: force, recorder: CVQKD.nameAndVersion,
            until: interruption.end, notedIn: .ofThisMachine, as: task
        ) { Self.show($0, output, on: live) }
        try recording.checkFiles()
        let outcome = try await interruption.withUnits([alice, bob], task: task) { units in
            defer { live.end() }
            return try await recording.perform(on: LinkUnits(alice: units[0], bob: units[1]))
        }
        let document = PairRecordDocument(
            outcome, folder: output, estimate: PairRecordDocument.estimate(output, outcome.settings))
        try Output.show(document.text, json: document, if: format.json)
        if document.endedBy == "interruption" {
            throw CommandFailure(
                .interrupted, "ended on request; the recordings are shorter, and both units were told to go dark")
        }
    }
}

extension RecordDocument {
    /// For people.
    var text: Page {
        var sheet = Sheet()
        sheet.add("recording", "\(file).sigmf-meta, .sigmf-data")
        sheet.add("unit", unitSerial + (emulated ? ", EMULATED" : ""))
        sheet.add(
            "symbols",
            "\(NumberText.count(symbols)) in \(segments) \(segments == 1 ? "capture" : "captures"), ended by \(endedBy)"
        )
        return sheet.text
    }
}
