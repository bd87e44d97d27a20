import Calibration
import CalibrationRecords
import Foundation
import Synchronization
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import VirtualTime

/// A plan is known before the first minute is spent, and so is that it cannot succeed.
@Suite(.virtualTime) struct CommissioningPlanTests {
    @Test func `planning asks nobody, keeps nothing, and lights nothing`() async throws {
        var installation = try await Installation()
        installation.plan.powerReading = {
            Issue.record("the power meter was read")
            return OpticalPowerReading(power: 1e-3, sigma: 1e-5)
        }
        let all = installation.checklist(
            .fibre, .warmUp, .selfTest, .receiver, .transmitter, .polarisation, .pair, .soak)
        let plans = try await installation.commissioning(Absent()).plans(all)
        #expect(plans.map(\.step) == CommissioningStep.allCases)
        #expect(plans.allSatisfy { !$0.phases.isEmpty })
        #expect(plans.first { $0.step == .receiver }?.phases.contains { $0.title.contains("known power") } == true)
        #expect(installation.archive.kept.isEmpty && installation.archive.records.isEmpty)
        #expect(try await installation.isDark)
        await installation.close()
    }

    /// At 10 dB half a second of 1 MHz shows nothing.
    private static func far() async throws -> Installation {
        var installation = try await Installation()
        installation.plan.fibre.wasDisconnected = true
        installation.plan.fibre.answer = .loss(10)
        installation.plan.acceptsFailures = false
        return installation
    }

    @Test func `a session too short for a margin at the measured loss is lengthened before it begins, and says so`()
        async throws
    {
        let installation = try await Self.far()
        let plans = try await installation.commissioning(Absent()).plans(installation.checklist(.fibre, .pair))
        let pair = try #require(plans.last)
        let training = try #require(pair.phases.first { $0.name == "training" })
        #expect(training.samples > 1_000_000, "\(training.samples)")
        #expect(
            pair.remarks.contains { $0.hasPrefix("lengthened from 0.5 s") && $0.contains("10 dB") }, "\(pair.remarks)")
        await installation.close()
    }

    @Test func `a loss beyond which there is no key is refused before the pair's minutes`() async throws {
        var installation = try await Self.far()
        installation.plan.fibre.answer = .loss(45)
        await #expect {
            _ = try await installation.commissioning(Absent()).plans(installation.checklist(.fibre, .pair))
        } throws: {
            guard case CalibrationFailure.unreachable(let goal) = $0 else { return false }
            return goal.loss == 45
        }
        await installation.close()
    }

    @Test func `that it cannot succeed is said when the loss is known, before any light comes on`() async throws {
        var installation = try await Self.far()
        installation.plan.fibre.answer = .loss(24)
        let ear = Ear()
        let hands = ScriptedOperator([.decision(.fibre, .goOn)], heard: ear.hear)
        do {
            _ = try await installation.run(installation.checklist(.fibre, .warmUp, .receiver, .pair), hands)
            Issue.record("hours were spent")
        } catch CommissioningFailure.procedure(let failure, let suspect) {
            guard case .unreachable = failure else {
                Issue.record("\(failure)")
                return
            }
            #expect(suspect?.step == .fibre && suspect?.basis == "24 dB as entered")
        }
        #expect(ear.steps == [.fibre])
        // The loss was wrong: with another one it goes on, and what was kept is kept.
        installation.plan.acceptsFailures = true
        let left = try #require(try installation.archive.checklist())
        #expect(left.next == .warmUp)
        await installation.close()
    }

    @Test func `an interval whose training cannot show the delay is refused, with one that does`() async throws {
        var installation = try await Self.far()
        installation.plan.interval = 1e-3
        await #expect {
            _ = try await installation.commissioning(Absent()).plans(installation.checklist(.fibre, .soak))
        } throws: {
            guard case CalibrationFailure.unreachable(let goal) = $0, let seconds = goal.seconds else { return false }
            return goal.obstacle == .tooShort(seconds: 1e-3) && seconds > 1e-3
        }
        await installation.close()
    }

    @Test func `symbols that a failed session called for are kept over an interruption and a repetition`() throws {
        var checklist = CommissioningChecklist(started: Example.start, alice: Example.alice, bob: Example.bob)
        checklist.begin(.pair)
        checklist.want(symbols: 5_000_000, for: .pair)
        checklist.begin(.pair)
        let read = try JSONDecoder().decode(CommissioningChecklist.self, from: try JSONEncoder().encode(checklist))
        #expect(read[.pair].symbolsWanted == 5_000_000 && read[.pair].attempts == 2)
    }
}
