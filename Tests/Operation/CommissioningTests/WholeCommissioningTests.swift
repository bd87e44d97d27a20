import Calibration
import CalibrationRecords
import Foundation
import Testing

/// In the machine's time, as on site: units and procedures run on threads that do not wait for each other.
struct WholeCommissioningTests {
    @Test func `a script goes through every step to the dossier`() async throws {
        let installation = try await Installation()
        let ear = Ear()
        let hands = ScriptedOperator(ScriptedCommissioningTests.coupled, heard: ear.hear)
        let all = installation.checklist(
            .fibre, .warmUp, .selfTest, .receiver, .transmitter, .polarisation, .pair, .soak)
        let done = try await installation.run(all, hands)
        #expect(hands.rest.isEmpty && ear.steps == CommissioningStep.allCases)
        #expect(done.entries.allSatisfy { $0.state == .done && $0.attempts == 1 })
        #expect(ear.lights == [.uncoupleFibre, .coupleFibre])
        #expect(installation.archive.records.map(\.procedure) == [.bob, .alice, .pair])
        #expect(done[.fibre].record?.measurement("returnLoss")?.value == 45)
        #expect(done[.soak].record?.measurement("soakTime")?.value ?? 0 >= 1)
        let dossier = done.dossier(Example.context, ended: Example.start)
        #expect(dossier.references == ["record-1", "record-2", "record-3"])
        // Each step was kept as begun before anything was done, and as done after it.
        for step in CommissioningStep.allCases {
            let states = installation.archive.kept.map { $0[step].state }
            #expect(Set(states) == [.pending, .begun, .done] || step == .fibre && Set(states) == [.begun, .done])
        }
        #expect(try await installation.isDark)
        await installation.close()
    }
}
