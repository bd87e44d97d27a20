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
        context = RecordKeeper.context(
            operator: command.options.operator, command.status ? nil : try keeper.station())
    }

    func run() async throws {
        if let output = command.output, !command.status { try AtomicFile.check(output, replacing: command.force) }
        let dossier = try await interruption.withUnits(
            [command.alice, command.bob], access: command.status ? .observe : .control, task: "calibrate commission"
        ) { units in
            for (unit, role) in zip(units, [UnitRole.alice, .bob]) where unit.identity.role != role {
                throw UnitError.wrongRole(needed: role, found: unit.identity.role, serial: unit.identity.serial)
            }
            defer { live.end() }
            if command.status { return try await performUntilEnded(units) }
            return try await units[1].lightDownAfter {
                try await units[0].lightDownAfter { try await performUntilEnded(units) }
            }
        }
        if let dossier { try conclude(dossier) }
    }

    private func performUntilEnded(_ units: [Unit]) async throws -> CalibrationRecord? {
        do { return try await perform(alice: units[0], bob: units[1]) } catch {
            guard interruption.isRequested else { throw error }
            throw CommandFailure(
                .interrupted, "ended on request; what was done is kept, and the same command goes on")
        }
    }

    /// Nil if only the checklist was wanted.
    private func perform(alice: Unit, bob: Unit) async throws -> CalibrationRecord? {
        let file = try CommissioningFile(folder, alice: alice.identity.serial, bob: bob.identity.serial)
        let lock = command.status ? nil : try file.lock()
        defer { lock?.release() }
        var checklist = try open(file, alice, bob)
        if command.status {
            try Output.show(
                CommissioningTable.text(checklist), json: CommissioningDocument(checklist, file: file.path),
                if: command.json)
            return nil
        }
        for step in command.again { checklist.begin(step) }
        for step in command.skip where checklist[step].state != .done {
            checklist.skip(step, because: command.skipReason)
        }
        try file.write(checklist)
        live.note(CommissioningTable.text(checklist))
        let notes = await UnitNotices.show([alice, bob], on: live)
        defer { notes.end() }
        let steps = Commissioning(
            alice: alice, bob: bob, plan: command.plan(alice, bob, live),
            operator: TerminalOperator(interruption, live, isAsked: !command.yes),
            archive: CommissioningBooks(file: file, keeper: keeper), context: context,
            describe: { CommandFailure(any: $0).message })
        let begun = checklist
        return try await interruption.cancellable { try await steps.run(begun) }.dossier(context, ended: Date())
    }

    private func open(_ file: CommissioningFile, _ alice: Unit, _ bob: Unit) throws -> CommissioningChecklist {
        let (transmitter, receiver) = (
            CalibrationRecord.UnitDescription(alice.identity), CalibrationRecord.UnitDescription(bob.identity)
        )
        if command.new { try file.putAside(at: Date()) }
        guard let checklist = try file.read() else {
            guard !command.resume else {
                throw CommandFailure(.notFound, "there is nothing to resume: \(file.path) does not exist")
            }
            return CommissioningChecklist(started: Date(), alice: transmitter, bob: receiver)
        }
        do throws(CommissioningChecklist.Mismatch) { try checklist.check(alice: transmitter, bob: receiver) } catch {
            throw CommandFailure(.incompatible, error.advice)
        }
        return checklist
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
