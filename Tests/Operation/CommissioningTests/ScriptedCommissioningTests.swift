import Calibration
import CalibrationRecords
import Foundation
import Repository
import Testing
import UnitControl
import UnitProtocol
import VirtualTime

/// A commissioning with nobody at a terminal: every question has its answer in a script.
@Suite(.virtualTime) struct ScriptedCommissioningTests {
    static let coupled: [ScriptedOperator.Answer] = [
        .done(.uncoupleFibre, true), .fibre(.loss(4.2)), .returnLoss(45), .accepts(true),
        .done(.inspectConnectors, true), .done(.coupleFibre, true), .receivedPower(1e-6), .acceptsPower(true),
    ]

    private static func shot(_ name: String) -> String {
        Repository.root.appending(path: "Tests/Instruments/Shots/\(name).sor").path
    }

    @Test func `a shot that saw no fibre is no loss of 0 dB`() throws {
        #expect {
            try FibreMeasurement(otdr: Self.shot("no-fibre-seen"))
        } throws: {
            guard case AnswerRefusal.provesNothing = $0 else { return false }
            return "\($0)".contains("no fibre was seen")
        }
        let fibre = try FibreMeasurement(otdr: Self.shot("wavelength-in-nm"))
        #expect(fibre.loss == 0.558)
        #expect(fibre.remarks.contains { $0.contains("1550 nm, where the format has tenths") })
    }

    @Test func `answers that cannot be are refused, said, and asked again`() async throws {
        let installation = try await Installation()
        let ear = Ear()
        let hands = ScriptedOperator(
            [
                .done(.uncoupleFibre, true), .fibre(.loss(60.1)), .fibre(.loss(-0.1)), .fibre(.loss(.nan)),
                .fibre(.otdr(file: "/no/such.sor")), .fibre(.otdr(file: "/dev/zero")),
                .fibre(.otdr(file: Self.shot("no-fibre-seen"))), .fibre(.loss(4.2)), .returnLoss(91), .returnLoss(.nan),
                .returnLoss(nil), .accepts(true), .done(.inspectConnectors, false), .done(.coupleFibre, true),
                .receivedPower(3), .receivedPower(.nan), .receivedPower(1e-6),
                .acceptsPower(false), .receivedPower(nil),
            ], heard: ear.hear)
        let done = try await installation.run(installation.checklist(.fibre), hands)
        #expect(ear.refusals == 10 && hands.rest.isEmpty)
        let record = try #require(done[.fibre].record)
        #expect(record.measurement("fibreLoss")?.value == 4.2 && record.measurement("returnLoss") == nil)
        #expect(record.remarks.contains("nobody said that the connectors were inspected"))
        #expect(record.remarks.contains("the power at Bob's end was not read after coupling"))
        await installation.close()
    }

    @Test(
        arguments: [
            ([.done(.uncoupleFibre, false)], "not done: uncoupleFibre"),
            ([.done(.uncoupleFibre, true), .fibre(nil)], "no answer"),
            (
                [
                    .done(.uncoupleFibre, true), .fibre(.loss(4.2)), .returnLoss(nil), .accepts(true),
                    .done(.inspectConnectors, true), .done(.coupleFibre, false),
                ],
                "not done: coupleFibre"
            ),
        ] as [([ScriptedOperator.Answer], String)])
    func `what is not done or not answered ends the step, which is next again`(
        answers: [ScriptedOperator.Answer], reason: String
    ) async throws {
        let installation = try await Installation()
        await #expect(throws: CommissioningFailure.self) {
            try await installation.run(installation.checklist(.fibre), ScriptedOperator(answers))
        }
        let left = try #require(try installation.archive.checklist())
        #expect(left.next == .fibre && left[.fibre].state == .begun && left[.fibre].reason == reason)
        #expect(left[.fibre].record == nil)
        let done = try await installation.run(left, ScriptedOperator(Self.coupled))
        #expect(done[.fibre].state == .done && done[.fibre].attempts == 2)
        await installation.close()
    }

    @Test func `where nobody is, nobody is asked: the plan has to say it`() async throws {
        var installation = try await Installation()
        let failure = { (installation: Installation) async -> String? in
            do {
                _ = try await installation.run(installation.checklist(.fibre), Absent())
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(await failure(installation) == "nobody can be asked to uncouple the fibre")
        installation.plan.fibre.wasDisconnected = true
        #expect(await failure(installation) == "nobody can be asked for the fibre's loss")
        installation.plan.fibre.answer = .otdr(file: "/no/such.sor")
        #expect(await failure(installation)?.contains("/no/such.sor") == true)
        installation.plan.fibre.answer = .loss(4.2)
        #expect(await failure(installation) == nil)
        await installation.close()
    }

    @Test func `nobody is asked to touch a fibre while a unit does not say that it is dark`() async throws {
        let installation = try await Installation()
        let ear = Ear()
        let hands = ScriptedOperator(Self.coupled, heard: ear.hear)
        await installation.alice.close()
        do {
            _ = try await installation.run(installation.checklist(.fibre), hands)
            Issue.record("a mute unit passed as dark")
        } catch CommissioningFailure.notDark(let lights) {
            #expect(lights.map(\.isDark) == [false, true] && lights[0].failure != nil)
        }
        #expect(hands.rest == Self.coupled && ear.lights == [.uncoupleFibre])
        await installation.close()
    }

    @Test func `light that is on is put out before a fibre is touched`() async throws {
        let installation = try await Installation()
        try await installation.alice.set(SetSignalLaser(on: true))
        try await installation.alice.waitUntil(.ready, within: .seconds(5))
        let done = try await installation.run(installation.checklist(.fibre), ScriptedOperator(Self.coupled))
        #expect(done[.fibre].state == .done)
        #expect(try await installation.isDark)
        await installation.close()
    }

    @Test func `for light of known power the fibre comes off Bob and on again, dark each time`() async throws {
        var installation = try await Installation()
        installation.plan.powerReading = { OpticalPowerReading(power: 1e-3, sigma: 3e-5) }
        let ear = Ear()
        let hands = ScriptedOperator([.done(.coupleKnownLight, true), .done(.recoupleFibre, true)], heard: ear.hear)
        let done = try await installation.run(installation.checklist(.receiver), hands)
        #expect(hands.rest.isEmpty && ear.lights == [.coupleKnownLight, .recoupleFibre])
        #expect(done[.receiver].record?.measurement("opticalPower")?.value == 1e-3)
        await #expect(throws: CommissioningFailure.self) {
            try await installation.run(
                installation.checklist(.receiver), ScriptedOperator([.done(.coupleKnownLight, false)]))
        }
        await installation.close()
    }
}
