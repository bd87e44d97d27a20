import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import LocalUnits
import UnitControl
import UnitProtocol
import UnitTransport

/// One `calibrate commission`: the file, the units, step after step, the dossier. Every step leaves both units dark.
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
        defer { try? lock?.close() }
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
        let notes = await UnitNotes.begin([alice, bob], live: live)
        defer { notes.end() }
        while let step = checklist.next {
            checklist = try await carryOut(step, checklist, file, alice, bob)
        }
        return checklist.dossier(context, ended: Date())
    }

    private func open(_ file: CommissioningFile, _ alice: Unit, _ bob: Unit) throws -> CommissioningChecklist {
        let (transmitter, receiver) = (
            CalibrationRecord.UnitDescription(alice.identity), CalibrationRecord.UnitDescription(bob.identity)
        )
        if command.new, FileManager.default.fileExists(atPath: file.path) {
            guard rename(file.path, "\(file.path).\(Int(Date().timeIntervalSince1970)).old") == 0 else {
                throw AtomicFile.failure(file.path, errno, 0)
            }
        }
        guard let checklist = try file.read() else {
            guard !command.resume else {
                throw CommandFailure(.notFound, "there is nothing to resume: \(file.path) does not exist")
            }
            return CommissioningChecklist(started: Date(), alice: transmitter, bob: receiver)
        }
        do throws(CommissioningChecklist.Mismatch) { try checklist.check(alice: transmitter, bob: receiver) } catch {
            throw CommandFailure(.incompatible, error.description)
        }
        return checklist
    }

    /// One step, kept in the file before and after. Returns the checklist as it is then.
    private func carryOut(
        _ step: CommissioningStep, _ before: CommissioningChecklist, _ file: CommissioningFile, _ alice: Unit,
        _ bob: Unit
    ) async throws -> CommissioningChecklist {
        var checklist = before
        checklist.begin(step)
        try file.write(checklist)
        let number = (CommissioningStep.allCases.firstIndex(of: step) ?? 0) + 1
        live.note("\nstep \(number) of \(CommissioningStep.allCases.count): \(step.title)")
        let found: (record: CalibrationRecord, stored: String?)
        do {
            let steps = CommissioningSteps(session: self, alice: alice, bob: bob, checklist: checklist, file: file)
            found = try await steps.perform(step)
        } catch {
            // The soak's points are in the file, not in this copy. What stopped the step is said even if it cannot be kept.
            var latest = (try? file.read()) ?? checklist
            latest.stop(step, because: CommandFailure(any: error).message)
            do { try file.write(latest) } catch { live.note(CommandFailure(any: error).message) }
            throw error
        }
        checklist.finish(step, found.record, stored: found.stored)
        try file.write(checklist)
        for phase in found.record.phases { live.note(CommissioningTable.findings(phase)) }
        for remark in found.record.remarks where found.stored != nil { live.note("  \(remark)") }
        try await judge(step, found.record, &checklist, file)
        return checklist
    }

    /// Outside limits: a person decides; a script stops, unless it was told to go on.
    private func judge(
        _ step: CommissioningStep, _ record: CalibrationRecord, _ checklist: inout CommissioningChecklist,
        _ file: CommissioningFile
    ) async throws {
        guard record.outcome == .fail || record.outcome == .incomplete, !command.acceptFailures else { return }
        let text = "\(step.rawValue): \(record.failures.joined(separator: "; "))"
        if Questions.areAnswered && !command.yes {
            live.end()
            let answer = try Questions(interruption: interruption).ask(
                "Outside limits: \(text).\n(r)epeat the step, (g)o on, or stop?")?.lowercased()
            if answer?.hasPrefix("r") == true {
                checklist.begin(step)
                return try file.write(checklist)
            }
            if answer?.hasPrefix("g") == true { return }
        }
        throw CommandFailure(
            .outsideLimits,
            "\(text). Mend it and repeat with --repeat \(step.rawValue), or go on with --accept-failures")
    }

    private func conclude(_ dossier: CalibrationRecord) throws {
        let stored = try keeper.keep(dossier)
        if let output = command.output {
            try AtomicFile.write(Data((Output.json(stored.record) + "\n").utf8), to: output, replacing: command.force)
        }
        try Output.show(
            CalibrationTable.text(stored.record) + "\ndossier  \(stored.name)",
            json: DossierDocument(record: stored.record, name: stored.name), if: command.json)
        switch dossier.outcome {
        case .pass, .marginal: return
        case .incomplete:
            throw CommandFailure(.outsideLimits, "the dossier is incomplete: steps were left out")
        case .fail:
            throw CommandFailure(.outsideLimits, "the dossier is kept, with results outside limits")
        }
    }
}

/// The dossier for scripts.
struct DossierDocument: Encodable {
    var record: CalibrationRecord
    /// Name in the store.
    var name: String
}

/// What was asked on the command line, as a value that other tasks may hold.
struct CommissioningOptions: Sendable {
    var alice: UnitSelector
    var bob: UnitSelector
    var fibre: Fibre
    var plan: BobPlan
    var light: KnownLight?
    var modulationVariance: Double?
    var symbolRate: Double?
    var hold: Double
    var soak: Double
    var interval: Double
    var skip: [CommissioningStep]
    var skipReason: String
    var again: [CommissioningStep]
    var resume: Bool
    var new: Bool
    var status: Bool
    var acceptFailures: Bool
    var yes: Bool
    var warmUpLimit: Double?
    var output: String?
    var force: Bool
    var json: Bool

    struct Fibre: Sendable {
        var disconnected: Bool
        var loss: Double?
        var sigma: Double
        var returnLoss: Double?
        var otdr: String?
    }

    init(_ command: CalibrateCommissionCommand) {
        alice = command.alice
        bob = command.bob
        fibre = Fibre(
            disconnected: command.fibre.disconnected, loss: command.fibre.fibreLoss,
            sigma: command.fibre.fibreLossSigma, returnLoss: command.fibre.orl, otdr: command.fibre.otdr)
        plan = command.samples.plan
        light = command.light.light
        plan.warmUpLimit = command.options.warmUpLimit
        plan.stabilityWindows = command.stabilityWindows
        plan.stabilityWindowSamples = command.stabilitySamples
        modulationVariance = command.modulationVariance
        symbolRate = command.symbolRate
        hold = command.hold
        soak = command.soak
        interval = command.interval
        skip = command.skip
        skipReason = command.skipReason
        again = command.again
        resume = command.resume
        new = command.new
        status = command.status
        acceptFailures = command.acceptFailures
        yes = command.options.yes
        warmUpLimit = command.options.warmUpLimit
        output = command.options.output
        force = command.options.force
        json = command.options.format.json
    }
}
