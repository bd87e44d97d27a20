import Calibration
import CalibrationRecords
import Foundation
import LinkMonitors
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import VirtualTime

/// Transmitters and pairs against what the emulator knows of them.
@Suite(.serialized, .virtualTime) struct AliceAndPairTests {
    @Test func `a transmitter is measured as it is`() async throws {
        let bench = try await Bench(seed: 380) { $0.model.modulatorExtinction = 33 }
        let record = try await CalibrationRun(
            AliceCalibration.procedure(bench.alice, plan: Bench.alicePlan), context: Bench.context
        ).perform().record
        // At the highest V_A, 20 SNU, the carrier is 33 dB below it, and part of the light with modulation too.
        let extinction = try found(record, "modulatorExtinction")
        #expect(abs((extinction.value ?? 0) - 10 * log10(1 + pow(10, 3.3))) < 0.01)
        try agrees(record, "modulationVariance", 5)
        // Half of V_A photons per symbol, 1e7 symbols per second, through a coupler of 1e4.
        try agrees(record, "monitorConversion", 0.5 * 6.626e-34 * 193.4e12 * 1e7 * 1e4)
        #expect(try found(record, "modulationVariance").source == .verifiedRatio)
        #expect(try found(record, "entropyHealth").outcome == .pass)
        #expect(record.outcome == .pass)
        await bench.close()
    }

    @Test func `a leaking modulator and a wrong attenuator fail`() async throws {
        let leaking = try await Bench(seed: 381) { $0.model.modulatorExtinction = 15 }
        let leak = try await CalibrationRun(
            AliceCalibration.procedure(leaking.alice, plan: Bench.alicePlan), context: Bench.context
        ).perform().record
        #expect(try found(leak, "modulatorExtinction").outcome == .fail)
        #expect(leak.outcome == .fail)
        await leaking.close()

        let wrong = try await Bench(seed: 382) { $0.model.attenuatorScale = 1.1 }
        let record = try await CalibrationRun(
            AliceCalibration.procedure(wrong.alice, plan: Bench.alicePlan), context: Bench.context
        ).perform().record
        #expect(try found(record, "attenuationError").outcome == .fail)
        #expect(record.outcome == .fail)
        await wrong.close()
    }

    @Test(arguments: [PairModel.Receiver.heterodyne, .homodyne])
    func `a pair is measured as it is`(receiver: PairModel.Receiver) async throws {
        let bench = try await Bench(seed: 383) {
            $0.model.receiver = receiver
            $0.model.imbalance = .init(gain: 0.02, angle: 0.06)
        }
        var plan = Bench.pairPlan
        plan.commissionedLoss = 5
        let outcome = try await CalibrationRun(
            PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: plan), context: Bench.context
        ).perform()
        try #require(outcome.failure == nil, "\(String(describing: outcome.failure))")
        let record = outcome.record
        let model = bench.pair.configuration.model
        #expect(try found(record, "delay").value == Double(model.delay))
        // The image of gains 1 ± .01 at 90° + .06 rad is .001 of the power that both quadratures have in common: .005 SNU.
        let product = 1.01 * 0.99 * cos(0.06)
        let image = receiver == .homodyne ? 0 : (1.0001 - product) / (1.0001 + product)
        try agrees(
            record, "excessNoise", (1 + image) * (5 + model.excessNoise) * exp(model.phaseVariance) - 5)
        try agrees(record, "transmittance", pow(10, -0.5) * exp(-model.phaseVariance) / (1 + image))
        let worst = try #require(record.measurement("excessNoiseWorstCase")?.value)
        let excess = try found(record, "excessNoise")
        // 6.467 σ and more: the calibration's uncertainty and that of t² are in it.
        #expect(worst > (excess.value ?? .infinity) + 6.4 * (excess.sigma ?? .infinity))
        #expect(try #require(record.measurement("transmittanceWorstCase")?.value) < pow(10, -0.5))
        #expect(abs(try #require(record.measurement("lossChange")?.value)) < 0.3)
        #expect(record.units.map(\.role) == ["bob", "alice"])
        #expect(
            record.phases.first { $0.name == "training" }?.note?.contains("link health, not a security estimate")
                == true)
        #expect(record.remarks.contains("link health, not a security estimate"))
        #expect(record.curves.contains { $0.name == "excessNoise" && $0.x.count > 2 })
        if receiver == .heterodyne {
            try agrees(record, "gainRatio", 1.01 / 0.99)
            // Its uncertainty is that of the image's amplitude: some 0.005 rad here.
            #expect(abs(try #require(record.measurement("quadratureAngleError")?.value) - 0.06) < 0.03)
        }
        let extinction = try found(record, "shutterExtinction")
        #expect(extinction.sigma == nil && (extinction.value ?? 0) > 15, "60 dB are beyond this many samples: a bound")
        await bench.close()
    }

    /// The same words as a session's monitors have: more symbols mend none of these.
    @Test(
        arguments: [
            (.saturation, 80, nil, [.receiverLightAttack]), (.blinding, 1e-3, nil, [.receiverLightAttack]),
            (.fibreBend, 3, 5, [.fibreBend, .dirtyConnector, .tap]),
            (.fibreBend, 40, 5, [.fibreBend, .dirtyConnector, .tap]),
        ] as [(Attack, Double, Double?, [Hypothesis])])
    func `what is wrong with a pair is named as a session's monitors name it`(
        attack: Attack, strength: Double, loss: Double?, causes: [Hypothesis]
    ) async throws {
        let bench = try await Bench(seed: 389)
        var plan = Bench.pairPlan
        plan.commissionedLoss = loss
        bench.pair.inject(attack, strength: strength)
        let outcome = try await CalibrationRun(
            PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: plan), context: Bench.context
        ).perform()
        await bench.close()
        let diagnosis = try #require(outcome.diagnosis, "\(String(describing: outcome.failure))")
        let named = diagnosis.named + diagnosis.possible
        #expect(named.contains(where: causes.contains), "\(diagnosis.sentence)")
        #expect(outcome.record.remarks.contains("monitors of the session: \(diagnosis.sentence)"))
    }

    @Test func `the monitors of a sound pair raise nothing`() async throws {
        let bench = try await Bench(seed: 391)
        var plan = Bench.pairPlan
        plan.commissionedLoss = bench.pair.configuration.model.loss
        let outcome = try await CalibrationRun(
            PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: plan), context: Bench.context
        ).perform()
        await bench.close()
        #expect(outcome.diagnosis == nil, "\(outcome.diagnosis?.sentence ?? "")")
        #expect(outcome.record.curves.first { $0.name == "excessNoise" }?.x.count ?? 0 > 5)
    }

    @Test func `a leaking shutter is seen by Alice's light`() async throws {
        let bench = try await Bench(seed: 384) { $0.model.shutterLeakage = 15 }
        let record = try await CalibrationRun(
            PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: Bench.pairPlan), context: Bench.context
        ).perform().record
        try agrees(record, "shutterExtinction", 15)
        #expect(try found(record, "shutterExtinction").outcome == .fail)
        await bench.close()
    }

    /// 24 dB would take 5 · 10^−2.4 = 0.02 SNU from ξ: above the 20 dB that a bound has to show, and no shutter.
    @Test func `a leak that is seen is judged by what it takes from the excess noise`() async throws {
        let bench = try await Bench(seed: 387) { $0.model.shutterLeakage = 24 }
        var plan = Bench.pairPlan
        plan.extinctionSamples = 8_000_000
        let record = try await CalibrationRun(
            PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: plan), context: Bench.context
        ).perform().record
        try agrees(record, "shutterExtinction", 24)
        #expect(try found(record, "shutterExtinction").outcome == .fail)
        await bench.close()
    }

    @Test func `a plan is made for a wanted uncertainty, and counts what it takes`() async throws {
        let bench = try await Bench(seed: 385)
        var plan = BobPlan()
        plan.target = ExcessNoiseTarget(sigma: 0.001, loss: 5)
        let procedure = try await BobCalibration.procedure(bench.bob, plan: plan)
        let vacuum = try #require(procedure.plans.first { $0.name == "shotNoise" })
        // physics.md §2: 2.7e8 vacuum samples, at 1e7 symbols per second and two samples per symbol 13.5 s.
        #expect(abs(Double(vacuum.samples) - 2.7e8) < 0.05e8)
        #expect(abs(vacuum.seconds - 13.5) < 1.5)
        await bench.close()
    }

    @Test(arguments: [1_000_000_000_000_001, UInt64(Int64.max), UInt64(Int64.max) + 1, .max])
    func `a plan that nobody can count is refused, whichever part of it`(samples: UInt64) async throws {
        let bench = try await Bench(seed: 388)
        for part: WritableKeyPath<BobPlan, UInt64> in [
            \.darkSamples, \.vacuumSamples, \.sweepSamples, \.stabilityWindowSamples,
        ] {
            var plan = BobPlan()
            plan[keyPath: part] = samples
            await refused { _ = try await BobCalibration.procedure(bench.bob, plan: plan) }
        }
        for part: WritableKeyPath<PairPlan, UInt64> in [\.darkSamples, \.extinctionSamples] {
            var plan = Bench.pairPlan
            plan[keyPath: part] = samples
            await refused { _ = try await PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: plan) }
        }
        var plan = Bench.pairPlan
        plan.symbols = samples
        await refused { _ = try await PairCalibration.procedure(alice: bench.alice, bob: bench.bob, plan: plan) }
        var (long, slow) = (BobPlan(), AlicePlan())
        (long.stabilityWindows, slow.readings) = (Int(clamping: samples), Int(clamping: samples))
        await refused { _ = try await BobCalibration.procedure(bench.bob, plan: long) }
        await refused { _ = try await AliceCalibration.procedure(bench.alice, plan: slow) }
        await bench.close()
    }

    private func refused(_ procedure: () async throws -> Void) async {
        await #expect {
            try await procedure()
        } throws: {
            switch $0 as? CalibrationFailure {
            case .badPlan(let reason)?: return reason.contains("too many") || reason.contains("the most")
            case .unreachable(let goal)?: if case .tooLong = goal.obstacle { return true } else { return false }
            default: return false
            }
        }
    }

    @Test func `procedures refuse the wrong role and senseless plans`() async throws {
        let bench = try await Bench(seed: 386)
        await #expect(throws: CalibrationFailure.self) { _ = try await BobCalibration.procedure(bench.alice) }
        await #expect(throws: CalibrationFailure.self) { _ = try await AliceCalibration.procedure(bench.bob) }
        await #expect(throws: CalibrationFailure.self) {
            _ = try await PairCalibration.procedure(alice: bench.bob, bob: bench.alice, plan: Bench.pairPlan)
        }
        var plan = BobPlan()
        plan.vacuumSamples = 10
        await #expect(throws: CalibrationFailure.badPlan("10 vacuum samples are too few: 1000 are the least")) {
            _ = try await BobCalibration.procedure(bench.bob, plan: plan)
        }
        await bench.close()
    }
}
