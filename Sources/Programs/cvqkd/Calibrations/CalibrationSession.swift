import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import LinkOperation
import LocalUnits
import NodeReports
import ReadableText
import UnitControl
import UnitProtocol
import UnitTransport

/// One `calibrate`: connect, show the plan, ask, perform, show what was found, keep the record.
struct CalibrationSession: Sendable {
    private let options: CalibrationOptions
    /// Where the record goes, and what earlier ones say.
    let keeper: RecordKeeper
    private let isKept: Bool
    private let interruption = Interruption()
    private let live = LiveLine()

    /// `isKept` is whether the record goes into the station's store.
    init(_ options: CalibrationOptions, isKept: Bool = true) {
        self.options = options
        keeper = RecordKeeper(options.store)
        self.isKept = isKept
    }

    /// The same, with the record itself as its JSON.
    func run<Notes: Sendable>(
        task: String, units: [UnitSelector], _ make: @escaping @Sendable ([Unit]) async throws -> Procedure<Notes>
    ) async throws {
        let output = options.output
        try await run(task: task, units: units, document: { CalibrationDocument($0, $1, $2, output: output) }, make)
    }

    /// `make` builds the procedure for the units, which are connected in the order of `units`; `document` is what --json
    /// prints.
    func run<Notes: Sendable>(
        task: String, units: [UnitSelector],
        document: (CalibrationRecord, StoredRecord?, CalibrationFollowUp?) -> some Encodable,
        _ make: @escaping @Sendable ([Unit]) async throws -> Procedure<Notes>
    ) async throws {
        if let output = options.output { try AtomicFile.check(output, replacing: options.force) }
        let station = try signer()
        let access: Access = options.planOnly ? .observe : .control
        let outcome = try await interruption.withUnits(units, access: access, task: task) { units in
            let result: Result<CalibrationOutcome?, any Error>
            do { result = .success(try await perform(units, station, task, make)) } catch { result = .failure(error) }
            live.end()
            if !options.planOnly { for unit in units { live.note("\(await LightReport.line(unit))") } }
            return try result.mapError { error in
                interruption.isRequested ? CommandFailure(.interrupted, "ended on request") : error
            }.get()
        }
        if let outcome { try finish(outcome, station, document) }
    }

    /// The light of known power; a meter's fibre is to be moved to Bob then, if somebody is there to do it. The unit's light
    /// is put out, read back and shown first. Where only the plan is wanted, a meter's is taken as there and unread.
    func read(_ light: KnownLight, for bob: Unit) async throws -> OpticalPowerReading? {
        guard case .meter = light else { return try await light.read(live) }
        guard !options.planOnly else { return OpticalPowerReading(power: 1, sigma: 1) }
        guard options.yes || Questions.areAnswered else {
            throw CommandFailure(
                .usage,
                "nobody can be asked here to move the meter's fibre to Bob. --yes says that it is moved by itself, as by a switch; or give what the meter showed by --power-reading"
            )
        }
        let reading = try await light.read(live)
        try await KnownLight.showDark([bob], before: "moving a fibre to it", live)
        if options.yes {
            live.note("The meter's fibre is taken as moved to Bob's signal connector (--yes).")
        } else {
            live.note("Connect the meter's fibre to Bob's signal connector now.")
            guard try await Questions(interruption: interruption).confirm("Is it connected?") else {
                throw CommandFailure(.interrupted, "not started: the meter's fibre was not moved to Bob")
            }
        }
        return reading
    }

    /// The station that will sign. Nil if nothing is to be signed: only a plan or a file is wanted, or nothing at all.
    private func signer() throws -> Station? {
        guard isKept, !options.planOnly else { return nil }
        do { return try keeper.station() } catch let failure as CommandFailure {
            guard failure.kind == .notFound else { throw failure }
            if options.output != nil { return nil }
            throw CommandFailure(.notFound, "\(failure.message). Or write an unsigned record with --output FILE")
        }
    }

    /// Nil if only the plan was wanted.
    private func perform<Notes: Sendable>(
        _ units: [Unit], _ station: Station?, _ task: String,
        _ make: @escaping @Sendable ([Unit]) async throws -> Procedure<Notes>
    ) async throws -> CalibrationOutcome? {
        let procedure = try await interruption.cancellable { try await make(units) }
        for unit in units { live.note("\(unit.identity.role)  \(unit.identity.line)") }
        if options.planOnly {
            try Output.show(
                CalibrationTable.plan(procedure), json: CalibrationPlanDocument(procedure), if: options.format.json)
            return nil
        }
        // A chain with two ends takes no record: better said before the minutes than after them.
        if station != nil, let unit = procedure.ends.first { _ = try keeper.station(for: [unit.identity.serial]) }
        live.note(CalibrationTable.plan(procedure))
        for remark in procedure.remarks { live.note("\(remark)") }
        for unit in units { live.note("\(await LightReport.line(unit))") }
        try await Consent(interruption: interruption).ask(lighting: units, skipping: options.yes)
        let notes = await UnitNotices.show(units, on: live)
        defer { notes.end() }
        // Others see why the light is on, and can end it.
        let journal = try SessionJournal(lighting: units, command: task)
        defer { journal.remove() }
        let (live, clock) = (live, units[0].clock)
        let run = CalibrationRun(
            procedure,
            // What is kept nowhere is made by the same person at the same station.
            context: RecordKeeper.context(operator: options.operator, station ?? keeper.stationIfAny),
            report: {
                live.show(CalibrationTable.fields($0))
                journal.renew(at: clock.now)
            },
            finished: { live.note("\(CalibrationTable.line($0))") })
        return try await interruption.cancellable { try await run.perform() }
    }

    private func finish(
        _ outcome: CalibrationOutcome, _ station: Station?,
        _ document: (CalibrationRecord, StoredRecord?, CalibrationFollowUp?) -> some Encodable
    ) throws {
        for (serial, reason) in outcome.unconfirmed.sorted(by: { $0.key < $1.key }) {
            live.note(
                "\(serial) did not confirm that it is as before (\(reason)); without a host it goes dark by itself")
        }
        // A file that is not written must not keep the record out of the store.
        let written = Result {
            guard let output = options.output else { return }
            try AtomicFile.write(
                Data((Output.json(outcome.record) + "\n").utf8), to: output, replacing: options.force)
        }
        let stored = try station == nil ? nil : keeper.keep(outcome.record)
        let record = stored?.record ?? outcome.record
        if let stored {
            live.note("stored as \(stored.shortName), signed by station \(record.station)")
            live.note("\(SuggestedCommand.reportRecord(stored.shortName)) makes a page of it")
        }
        let followUp = try stored.map { CalibrationFollowUp($0, try keeper.contents(), now: Date()) }
        try Output.show(
            CalibrationTable.text(record) + (followUp?.text.map { "\n\n\($0)" } ?? ""),
            json: document(record, stored, followUp), if: options.format.json)
        try written.get()
        if let failure = outcome.failure { throw CommandFailure(failure) }
        switch outcome.record.outcome {
        case .pass: return
        case .marginal: live.note("marginal: within limits, but close to one; look at it at the next visit")
        case .fail, .incomplete:
            throw CommandFailure(
                .outsideLimits,
                "\(outcome.record.failures.joined(separator: "; "))\(outcome.adviceOnFailure.map { ". \($0)" } ?? "")"
            )
        }
    }
}

extension CalibrationRecord {
    /// What is outside its limits, in words.
    var failures: [String] {
        phases.flatMap { phase in
            CalibrationTable.failures(of: phase).map { "\(QuantityName.words(phase.name)): \($0)" }
        }
    }
}

extension CommandFailure {
    init(_ failure: CalibrationFailure) {
        let kind: FailureKind =
            switch failure {
            case .unit(_, let error): error.kind
            case .link(let error): error.kind
            case .unsuitable: .refused
            case .badPlan, .unreachable: .usage
            case .instrument: .failure
            case .cancelled: .interrupted
            }
        self.init(
            kind,
            failure == .cancelled
                ? "ended on request; the units are dark, and the record says incomplete" : failure.advice)
    }
}

/// Asks whether to begin. Only a person at a terminal is asked: a script that could not answer shall not hang.
struct Consent {
    let interruption: Interruption

    func ask(lighting units: [Unit], skipping: Bool) async throws {
        guard !skipping, Questions.areAnswered else { return }
        let question = Self.question(units.map { ($0.identity.role, $0.identity.serial) })
        let answer = (try await Questions(interruption: interruption).ask(question) ?? "n").lowercased()
        guard ["", "y", "yes"].contains(answer) else { throw CommandFailure(.interrupted, "not started") }
    }

    /// Whoever agrees knows what is switched on, and where it goes.
    static func question(_ units: [(role: UnitRole, serial: String)]) -> Page {
        let lights = units.sorted { $0.role.rawValue < $1.role.rawValue }.map { role, serial in
            role == .alice
                ? "the signal laser of \(serial) (LIGHT LEAVES IT)" : "the local oscillator of \(serial)"
        }
        let what = "This switches on \(lights.joined(separator: " and "))."
        return "\(what)\nStart? [Y/n]"
    }
}
