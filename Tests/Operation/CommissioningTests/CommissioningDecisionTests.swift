import Calibration
import CalibrationRecords
import Foundation
import Testing
import UnitControl
import UnitTransport
import VirtualTime

/// Results outside limits, interruptions, and archives that take nothing.
@Suite(.virtualTime) struct CommissioningDecisionTests {
    /// A fibre that nobody has to touch, of a loss beyond all limits.
    private static func installation(loss: Double = 30) async throws -> Installation {
        var installation = try await Installation()
        installation.plan.fibre.wasDisconnected = true
        installation.plan.fibre.answer = .loss(loss)
        installation.plan.acceptsFailures = false
        return installation
    }

    @Test func `outside limits somebody decides: again, on, or stop`() async throws {
        let installation = try await Self.installation()
        let again = ScriptedOperator([.decision(.fibre, .again), .decision(.fibre, .goOn)])
        let done = try await installation.run(installation.checklist(.fibre), again)
        #expect(done[.fibre].attempts == 3, "begun, to be repeated, begun")
        #expect(done[.fibre].record?.outcome == .fail && again.rest.isEmpty)
        for hands in [ScriptedOperator([.decision(.fibre, .stop)]), Absent()] as [any Operator] {
            do {
                _ = try await installation.run(installation.checklist(.fibre, .selfTest), hands)
                Issue.record("it went on")
            } catch CommissioningFailure.outsideLimits(let step, let record, _) {
                #expect(step == .fibre && record.outcome == .fail)
            }
            // What was found is kept: a later run begins behind it.
            #expect(try installation.archive.checklist()?.next == .selfTest)
        }
        await installation.close()
    }

    @Test func `a plan that accepts failures asks nobody`() async throws {
        var installation = try await Self.installation()
        installation.plan.acceptsFailures = true
        let done = try await installation.run(installation.checklist(.fibre), ScriptedOperator([]))
        #expect(done[.fibre].record?.outcome == .fail)
        await installation.close()
    }

    @Test func `a question that the script does not expect ends it`() async throws {
        let installation = try await Self.installation()
        await #expect(throws: ScriptedOperator.Unexpected(question: "decision fibre", next: .returnLoss(3))) {
            try await installation.run(installation.checklist(.fibre), ScriptedOperator([.returnLoss(3)]))
        }
        await installation.close()
    }

    @Test func `ended between two steps, it goes on with the second and asks nothing twice`() async throws {
        let installation = try await Self.installation(loss: 4.2)
        let ear = Ear()
        let ending = ScriptedOperator([]) { event in
            ear.hear(event)
            if case .finished(.fibre, _, _) = event { withUnsafeCurrentTask { $0?.cancel() } }
        }
        let first = Task(executorPreference: HostClock.test.executor) {
            try await installation.run(installation.checklist(.fibre, .selfTest), ending)
        }
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(ear.steps == [.fibre])
        let left = try #require(try installation.archive.checklist())
        #expect(left.next == .selfTest && left[.selfTest].state == .pending && left[.fibre].state == .done)
        let after = Ear()
        let done = try await installation.run(left, ScriptedOperator([], heard: after.hear))
        #expect(after.steps == [.selfTest] && done.next == nil)
        #expect(done[.fibre].attempts == 1 && done[.selfTest].attempts == 1)
        await installation.close()
    }

    @Test(arguments: [CommissioningStep.warmUp, .receiver, .transmitter, .polarisation, .pair])
    func `ended within a step, both units are dark and the step is next again`(step: CommissioningStep) async throws {
        var installation = try await Self.installation(loss: 4.2)
        installation.plan.hold = 60
        let ending = ScriptedOperator([]) { event in
            if case .progress(let progress) = event, progress.fraction > 0 { withUnsafeCurrentTask { $0?.cancel() } }
        }
        let checklist = installation.checklist(step)
        let run = Task(executorPreference: HostClock.test.executor) { [installation] in
            try await installation.run(checklist, ending)
        }
        do {
            _ = try await run.value
            Issue.record("it went on")
        } catch CommissioningFailure.procedure(let failure, _) {
            #expect(failure == .cancelled)
        }
        #expect(try await installation.isDark)
        let left = try #require(try installation.archive.checklist())
        #expect(left.next == step && left[step].state == .begun && left[step].reason == "ended on request")
        #expect(installation.archive.records.isEmpty, "a record that was broken off is not stored")
        await installation.close()
    }

    @Test func `an interrupted soak keeps its points and goes on behind them`() async throws {
        var installation = try await Self.installation()
        installation.plan.soak = 1.5
        let archive = installation.archive
        let ending = ScriptedOperator([]) { event in
            guard case .progress = event, archive.kept.last?[.soak].soak.isEmpty == false else { return }
            withUnsafeCurrentTask { $0?.cancel() }
        }
        let checklist = installation.checklist(.soak)
        let first = Task(executorPreference: HostClock.test.executor) { [installation] in
            try await installation.run(checklist, ending)
        }
        await #expect(throws: CommissioningFailure.self) { try await first.value }
        let left = try #require(try archive.checklist())
        #expect(left[.soak].soak.count == 1 && left[.soak].state == .begun)
        installation.plan.acceptsFailures = true
        let done = try await installation.run(left, ScriptedOperator([]))
        #expect(done[.soak].record?.curves.first?.x.count == 3, "one from before, two more")
        await installation.close()
    }

    @Test func `what cannot be kept is not begun, and what was measured is not taken for done`() async throws {
        let installation = try await Self.installation(loss: 4.2)
        let ear = Ear()
        let hands = ScriptedOperator([], heard: ear.hear)
        installation.archive.accept(checklists: false)
        await #expect(throws: MemoryArchive.Full.self) {
            try await installation.run(installation.checklist(.fibre), hands)
        }
        #expect(ear.events.isEmpty)
        installation.archive.accept(records: false)
        await #expect(throws: MemoryArchive.Full.self) {
            try await installation.run(installation.checklist(.transmitter), hands)
        }
        let left = try #require(try installation.archive.checklist())
        #expect(left.next == .transmitter && left[.transmitter].reason == "Full()")
        #expect(try await installation.isDark)
        await installation.close()
    }
}
