import ArgumentParser
import Calibration
import CalibrationRecords
import DurableFiles
import Foundation
import LinkOperation
import LocalUnits
import NodeReports
import UnitControl
import UnitProtocol
import UnitTransport

/// One `calibrate commission`: the file, the units, the steps, the dossier.
struct CommissioningSession: Sendable {
    let command: CommissioningOptions
    let interruption = Interruption()
    let live = LiveLine()

    let keeper: RecordKeeper
    /// Who does it and where, for the records.
    let context: CalibrationContext
    private let folder: StateFolder

    /// Throws without a station: nothing could be signed. The checklist can be read without one.
    init(_ command: CalibrateCommissionCommand) throws {
        self.command = CommissioningOptions(command)
        keeper = RecordKeeper(command.options.store)
        folder = command.options.store.folder
        let shows = command.status || command.options.planOnly
        context = RecordKeeper.context(operator: command.options.operator, shows ? nil : try keeper.station())
    }

    private static let task = "calibrate commission"

    func run() async throws {
        if command.status || command.planOnly { return try await show() }
        if let output = command.output { try AtomicFile.check(output, replacing: command.force) }
        let dossier = try await interruption.withUnits([command.alice, command.bob], task: Self.task) { units in
            try Self.checkRoles(units)
            defer { live.end() }
            // Others see why the light is on, and can end it.
            let journal = try SessionJournal(lighting: units, command: Self.task)
            defer { journal.remove() }
            return try await units[1].lightDownAfter {
                try await units[0].lightDownAfter {
                    defer { journal.enter(.ending) }
                    return try await performUntilEnded(units)
                }
            }
        }
        try conclude(dossier)
    }

    private static func checkRoles(_ units: [Unit]) throws {
        for (unit, role) in zip(units, [UnitRole.alice, .bob]) where unit.identity.role != role {
            throw UnitError.wrongRole(needed: role, found: unit.identity.role, serial: unit.identity.serial)
        }
    }

    /// Shows what is kept, or what is left to do. Units are asked questions at most; nothing is made, moved or written.
    private func show() async throws {
        // A colleague who works with the units has their lines: what is kept is seen all the same.
        if command.status, let alice = command.alice.serialNumber, let bob = command.bob.serialNumber {
            let file = CommissioningFile(folder, alice: alice, bob: bob)
            if let checklist = try file.read() { return try show(checklist, file) }
        }
        try await interruption.withUnits(
            [command.alice, command.bob], access: .observe, task: Self.task
        ) { units in
            try Self.checkRoles(units)
            let file = CommissioningFile(
                folder, alice: units[0].identity.serial, bob: units[1].identity.serial)
            if command.status { return try show(try kept(file, units[0], units[1]), file) }
            let checklist = chosen(command.new ? fresh(units[0], units[1]) : try kept(file, units[0], units[1]))
            let isBegun = try !command.new && file.read() != nil
            let steps = commissioning(units[0], units[1], file)
            let plans = try await interruption.cancellable {
                do { return try await steps.plans(checklist) } catch let failure as CalibrationFailure {
                    throw CommissioningFailure.procedure(failure)
                }
            }
            try Output.show(
                "\(CommissioningTable.text(checklist, isBegun: isBegun))\n\n\(CommissioningTable.plan(plans))",
                json: CommissioningPlanDocument(checklist, plans), if: command.json)
        }
    }

    private func show(_ checklist: CommissioningChecklist, _ file: CommissioningFile) throws {
        try Output.show(
            CommissioningTable.text(checklist), json: CommissioningDocument(checklist, file: file.path),
            if: command.json)
    }

    private func performUntilEnded(_ units: [Unit]) async throws -> CalibrationRecord {
        do { return try await perform(alice: units[0], bob: units[1]) } catch {
            guard interruption.isRequested else { throw error }
            throw CommandFailure(
                .interrupted, "ended on request; what was done is kept, and the same command goes on")
        }
    }

    private func perform(alice: Unit, bob: Unit) async throws -> CalibrationRecord {
        let file = CommissioningFile(folder, alice: alice.identity.serial, bob: bob.identity.serial)
        let lock = try file.lock()
        defer { lock.release() }
        let steps = commissioning(alice, bob, file)
        // What cannot be is refused before an older checklist is put aside for it.
        try await steps.refuseUnanswered(chosen(command.new ? fresh(alice, bob) : try kept(file, alice, bob)))
        let checklist = chosen(try open(file, alice, bob))
        try file.write(checklist)
        live.note(CommissioningTable.text(checklist))
        let notes = await UnitNotices.show([alice, bob], on: live)
        defer { notes.end() }
        return try await interruption.cancellable { try await steps.run(checklist) }.dossier(context, ended: Date())
    }

    private func commissioning(_ alice: Unit, _ bob: Unit, _ file: CommissioningFile) -> Commissioning {
        Commissioning(
            alice: alice, bob: bob, plan: command.plan(alice, bob, live),
            operator: TerminalOperator(interruption, live, isAsked: !command.yes),
            archive: CommissioningBooks(file: file, keeper: keeper), context: context,
            describe: { CommandFailure(any: $0).message })
    }

    /// With the steps that the command line repeats or leaves out.
    private func chosen(_ checklist: CommissioningChecklist) -> CommissioningChecklist {
        var checklist = checklist
        for step in command.again { checklist.begin(step) }
        for step in command.skip where checklist[step].state != .done {
            checklist.skip(step, because: command.skipReason)
        }
        return checklist
    }

    private func open(_ file: CommissioningFile, _ alice: Unit, _ bob: Unit) throws -> CommissioningChecklist {
        if command.new { try file.putAside(at: Date()) }
        return try kept(file, alice, bob)
    }

    /// What the file holds, or a new one.
    private func kept(_ file: CommissioningFile, _ alice: Unit, _ bob: Unit) throws -> CommissioningChecklist {
        guard let checklist = try file.read() else {
            guard !command.resume else {
                throw CommandFailure(.notFound, "there is nothing to resume: \(file.path) does not exist")
            }
            return fresh(alice, bob)
        }
        let units = fresh(alice, bob)
        do throws(CommissioningChecklist.Mismatch) { try checklist.check(alice: units.alice, bob: units.bob) } catch {
            throw CommandFailure(.incompatible, error.advice)
        }
        return checklist
    }

    private func fresh(_ alice: Unit, _ bob: Unit) -> CommissioningChecklist {
        CommissioningChecklist(
            started: Date(), alice: CalibrationRecord.UnitDescription(alice.identity),
            bob: CalibrationRecord.UnitDescription(bob.identity))
    }

    private func conclude(_ dossier: CalibrationRecord) throws {
        let stored = try keeper.keep(dossier)
        if let output = command.output {
            try AtomicFile.write(Data((Output.json(stored.record) + "\n").utf8), to: output, replacing: command.force)
        }
        try Output.show(
            CalibrationTable.text(stored.record) + "\ndossier  \(stored.name)",
            json: DossierDocument(stored), if: command.json)
        switch dossier.outcome {
        case .pass, .marginal: return
        case .incomplete:
            throw CommandFailure(.outsideLimits, "the dossier is incomplete: steps were left out")
        case .fail:
            throw CommandFailure(.outsideLimits, "the dossier is kept, with results outside limits")
        }
    }
}
