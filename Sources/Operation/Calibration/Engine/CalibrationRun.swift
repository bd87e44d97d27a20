public import CalibrationRecords
public import Foundation
internal import LinkControl
public import LinkMonitors
public import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// Who calibrates, where, with what: the head of a record.
public struct CalibrationContext: Sendable, Hashable {
    /// Who does it.
    public var operatorName: String
    /// The station's name.
    public var station: String
    /// Version of the program.
    public var program: String

    /// A head.
    public init(operatorName: String, station: String, program: String) {
        self.operatorName = operatorName
        self.station = station
        self.program = program
    }
}

/// What is left of a calibration: always a record, and what kept it from being complete.
public struct CalibrationOutcome: Sendable {
    /// What was found. Not signed, not in a chain yet.
    public var record: CalibrationRecord
    /// Why the procedure did not come to its end; nil if it did, whatever it found.
    public var failure: CalibrationFailure?
    /// The cause that the monitors of a pair's session point to; nil if they raised nothing.
    public var diagnosis: LinkDiagnosis?
    /// Units that did not confirm that they are dark, by serial number, with the reason.
    public var unconfirmed: [String: String]
}

/// Carries a procedure out. Once it has begun, every way out leads through the same door: light off, shutter closed,
/// settings as they were. That includes a cancelled task, a unit that is unplugged (the other one is put in order, the
/// unplugged one goes dark by its heartbeat time-out) and a unit that restarts.
public struct CalibrationRun<Notes: Sendable>: Sendable {
    private let procedure: Procedure<Notes>
    private let context: CalibrationContext
    private let now: @Sendable () -> Date
    private let report: @Sendable (CalibrationProgress) -> Void
    private let finished: @Sendable (CalibrationRecord.Phase) -> Void

    /// `now` is the wall clock; `report` is told how far it is, `finished` of each phase that ends. Both are called by the
    /// task that performs.
    public init(
        _ procedure: Procedure<Notes>, context: CalibrationContext, now: @escaping @Sendable () -> Date = { Date() },
        report: @escaping @Sendable (CalibrationProgress) -> Void = { _ in },
        finished: @escaping @Sendable (CalibrationRecord.Phase) -> Void = { _ in }
    ) {
        self.procedure = procedure
        self.context = context
        self.now = now
        self.report = report
        self.finished = finished
    }

    /// Performs the phases in order. Cancel the task to end it: what was done until then is in the record.
    ///
    /// Throws only if nothing was done: the units' settings could not even be read.
    public func perform() async throws(CalibrationFailure) -> CalibrationOutcome {
        let started = now()
        var saved: [SavedOptics] = []
        var before: [[TelemetryReading]] = []
        for end in procedure.ends {
            do throws(UnitError) {
                saved.append(try await SavedOptics.of(end))
                before.append(try await end.telemetry())
            } catch {
                throw error == .cancelled ? .cancelled : .unit(end.identity.role, error)
            }
        }
        var book = PhaseBook()
        var notes = procedure.notes
        let failure = await perform(&notes, &book)
        let isComplete = failure == nil
        // Putting in order is not cancellable.
        let (unconfirmed, after) = await Task(executorPreference: clock.executor) { [saved] in
            await Self.putInOrder(saved, relight: isComplete)
        }.value
        let conditions = zip(procedure.ends, zip(before, after)).flatMap { end, values in
            Self.conditions(end.identity.serial, values.0, values.1)
        }
        let record = record(
            book, notes, started: started, conditions: conditions, failure: failure)
        return CalibrationOutcome(
            record: record, failure: failure, diagnosis: book.diagnosis, unconfirmed: unconfirmed)
    }

    /// What the units' host measures by.
    private var clock: HostClock { procedure.ends.first?.clock ?? .monotonic }

    private func perform(_ notes: inout Notes, _ book: inout PhaseBook) async -> CalibrationFailure? {
        let remaining = RemainingTime(plans: procedure.plans)
        for (index, phase) in procedure.phases.enumerated() {
            let (began, wall) = (clock.now, now())
            let progress = PhaseProgress { [report, clock, count = procedure.phases.count] fraction, detail in
                let elapsed = (clock.now - began).inSeconds
                report(
                    CalibrationProgress(
                        phase: index + 1, phases: count, title: phase.plan.title, fraction: fraction, detail: detail,
                        remainingSeconds: remaining.seconds(phase: index, fraction: fraction, elapsed: elapsed)))
            }
            progress(0)
            do throws(CalibrationFailure) {
                if Task.isCancelled { throw .cancelled }
                let findings = try await phase.perform(&notes, progress)
                finished(book.add(findings, phase.plan, started: wall, seconds: (clock.now - began).inSeconds))
                if let end = findings.end {
                    book.leaveOut(procedure.plans.dropFirst(index + 1), because: end)
                    return nil
                }
            } catch {
                finished(
                    book.addIncomplete(
                        phase.plan, started: wall, seconds: (clock.now - began).inSeconds, because: error.description))
                book.leaveOut(procedure.plans.dropFirst(index + 1), because: error.description)
                return error
            }
        }
        return nil
    }

    /// Both ends at once: neither waits for the other's silence.
    private static func putInOrder(
        _ saved: [SavedOptics], relight: Bool
    ) async -> (unconfirmed: [String: String], after: [[TelemetryReading]]) {
        await withTaskGroup(of: (Int, String?, [TelemetryReading]).self) { group in
            for (index, optics) in saved.enumerated() {
                group.addTask {
                    // What the sensors show is read under light, as at the end of the last phase, which may have begun a
                    // tenth of a second ago with another power. After a failure no light is on for the sake of a reading.
                    let after = (try? await relight ? optics.end.settledTelemetry() : optics.end.telemetry()) ?? []
                    let failures = await optics.restore(relight: relight)
                    return (index, failures.first.map(\.description), after)
                }
            }
            var unconfirmed: [String: String] = [:]
            var after = [[TelemetryReading]](repeating: [], count: saved.count)
            for await (index, failure, readings) in group {
                unconfirmed[saved[index].end.identity.serial] = failure
                after[index] = readings
            }
            return (unconfirmed, after)
        }
    }

    private static func conditions(
        _ serial: String, _ before: [TelemetryReading], _ after: [TelemetryReading]
    ) -> [CalibrationRecord.Condition] {
        before.map { reading in
            CalibrationRecord.Condition(
                unit: serial, name: reading.name, unitOfMeasure: reading.unit, atStart: reading.usable,
                atEnd: after.first { $0.id == reading.id }?.usable)
        }
    }

    private func record(
        _ book: PhaseBook, _ notes: Notes, started: Date, conditions: [CalibrationRecord.Condition],
        failure: CalibrationFailure?
    ) -> CalibrationRecord {
        let units = procedure.ends.map { CalibrationRecord.UnitDescription($0.identity) }
        let ended = now()
        var record = CalibrationRecord(
            procedure: procedure.kind, started: started, ended: ended, operatorName: context.operatorName,
            station: context.station, program: context.program, units: units, phases: book.phases)
        record.instruments = book.instruments
        record.shotNoiseMethod = procedure.shotNoiseMethod
        record.conditions = conditions
        record.rawSums = book.rawSums
        record.budget = book.budget
        record.curves = book.curves
        record.remarks = book.remarks
        record.references = book.references
        if units.contains(where: \.emulated) {
            record.remarks.insert(
                "EMULATED: no optics are behind this unit; the record says nothing about hardware", at: 0)
        }
        guard failure == nil else {
            record.outcome = .incomplete
            return record
        }
        let conclusion = procedure.conclude(
            notes, ConcludedPhases(phases: book.phases, conditions: conditions, units: units, ended: ended))
        record.validity = conclusion.validity
        record.remarks += conclusion.remarks
        return record
    }
}

/// The record as it grows.
private struct PhaseBook {
    var phases: [CalibrationRecord.Phase] = []
    var rawSums: [CalibrationRecord.RawSums] = []
    var budget: [CalibrationRecord.BudgetLine] = []
    var curves: [CalibrationRecord.Curve] = []
    var instruments: [CalibrationRecord.InstrumentDescription] = []
    var remarks: [String] = []
    var references: [String] = []
    var diagnosis: LinkDiagnosis?

    mutating func add(
        _ findings: PhaseFindings, _ plan: PhasePlan, started: Date, seconds: Double
    ) -> CalibrationRecord.Phase {
        let phase = CalibrationRecord.Phase(
            name: plan.name, started: started, duration: seconds, measurements: findings.measurements,
            note: findings.note)
        phases.append(phase)
        rawSums += findings.rawSums
        budget += findings.budget
        curves += findings.curves
        instruments += findings.instruments.filter { !instruments.contains($0) }
        remarks += findings.remarks
        diagnosis = findings.diagnosis ?? diagnosis
        references += findings.references.filter { !references.contains($0) }
        return phase
    }

    mutating func addIncomplete(
        _ plan: PhasePlan, started: Date, seconds: Double, because reason: String
    ) -> CalibrationRecord.Phase {
        let phase = CalibrationRecord.Phase(
            name: plan.name, started: started, duration: seconds, measurements: [], note: reason, isComplete: false)
        phases.append(phase)
        return phase
    }

    mutating func leaveOut(_ plans: ArraySlice<PhasePlan>, because reason: String) {
        guard !plans.isEmpty else { return }
        remarks.append("not carried out: \(plans.map(\.name).joined(separator: ", ")) (\(reason))")
    }
}

extension CalibrationRecord.UnitDescription {
    /// A unit as it says itself.
    public init(_ identity: UnitIdentity) {
        let digits = String(identity.schemaFingerprint, radix: 16)
        self.init(
            role: identity.role == .alice ? "alice" : "bob", serial: identity.serial, model: identity.model,
            firmware: identity.firmware, emulated: identity.isEmulated,
            schemaFingerprint: String(repeating: "0", count: 16 - digits.count) + digits)
    }
}
