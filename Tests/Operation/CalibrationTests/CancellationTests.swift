import Calibration
import CalibrationRecords
import Foundation
import LinkControl
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// Every way out of a procedure leads through the same door.
@Suite(.serialized, .virtualTime) struct CancellationTests {
    /// Light off, shutter closed, settings as `before`.
    private func isInOrder(_ unit: Unit, _ before: OpticalState) async throws {
        let after = try await unit.opticalState()
        #expect(after.light.isEmpty)
        #expect(after.shutterSet == before.shutterSet)
        #expect(after.attenuationSet == before.attenuationSet)
        #expect(after.biasLocked == before.biasLocked)
        #expect(after.modulation == before.modulation)
        #expect(abs(after.modulationVariance - before.modulationVariance) < 1e-9)
        #expect(try await unit.status().state == .dark)
    }

    @Test(arguments: 1...10, [0, 0.3])
    func `a receiver's calibration, cancelled in a phase, leaves it dark`(phase: Int, fraction: Double) async throws {
        let bench = try await Bench(seed: 320 + UInt64(phase))
        let procedure = try await BobCalibration.procedure(bench.bob, plan: Bench.bobPlan)
        try #require(procedure.phases.count == 10, "the table over phases has to follow")
        let before = try await bench.bob.opticalState()
        let outcome = try await bench.cancelled(procedure, in: phase, at: fraction)
        // A phase that takes no time may be over before the cancellation comes.
        if outcome.failure == nil {
            #expect(phase == procedure.phases.count)
        } else {
            #expect(outcome.failure == .cancelled)
            #expect(outcome.record.outcome == .incomplete)
            #expect(outcome.record.phases.count >= phase && outcome.record.phases.last?.outcome == .incomplete)
            #expect(outcome.record.validity == nil)
        }
        #expect(outcome.unconfirmed.isEmpty)
        try await isInOrder(bench.bob, before)
        await bench.close()
    }

    @Test(arguments: 1...6, [0, 0.3])
    func `a transmitter's calibration, cancelled in a phase, leaves it as it was`(
        phase: Int, fraction: Double
    ) async throws {
        let bench = try await Bench(seed: 340 + UInt64(phase))
        try await bench.alice.set(SetAttenuation(attenuation: 3.5))
        try await bench.alice.set(SetModulatorBiasLock(enabled: false))
        try await bench.alice.set(SetModulation(format: .gaussian, variance: 4))
        let procedure = try await AliceCalibration.procedure(bench.alice, plan: Bench.alicePlan)
        try #require(procedure.phases.count == 6, "the table over phases has to follow")
        let before = try await bench.alice.opticalState()
        let outcome = try await bench.cancelled(procedure, in: phase, at: fraction)
        #expect(outcome.failure == .cancelled)
        #expect(outcome.record.outcome == .incomplete)
        #expect(outcome.unconfirmed.isEmpty)
        try await isInOrder(bench.alice, before)
        await bench.close()
    }

    @Test(arguments: 1...4, [0, 0.3])
    func `a pair's calibration, cancelled in a phase, leaves both dark`(phase: Int, fraction: Double) async throws {
        let bench = try await Bench(seed: 350 + UInt64(phase))
        try await bench.alice.set(SetAttenuation(attenuation: 1.5))
        let procedure = try await PairCalibration.procedure(
            alice: bench.alice, bob: bench.bob, plan: Bench.pairPlan)
        try #require(procedure.phases.count == 4, "the table over phases has to follow")
        let before = (try await bench.alice.opticalState(), try await bench.bob.opticalState())
        let outcome = try await bench.cancelled(procedure, in: phase, at: fraction)
        #expect(outcome.failure == .cancelled)
        #expect(outcome.record.outcome == .incomplete)
        #expect(outcome.unconfirmed.isEmpty)
        try await isInOrder(bench.alice, before.0)
        try await isInOrder(bench.bob, before.1)
        await bench.close()
    }

    @Test(arguments: ["warmUp", "selfTest", "polarisation", "soak"], [0, 0.3])
    func `a step of a commissioning, cancelled, leaves both dark`(step: String, fraction: Double) async throws {
        let bench = try await Bench(seed: 370)
        let (alice, bob) = (bench.alice, bench.bob)
        try await alice.set(SetAttenuation(attenuation: 1.5))
        let procedure: Procedure<Void> =
            switch step {
            case "warmUp": try await CommissioningProcedures.warmUp(bob: bob, alice: alice, limit: nil, hold: 30)
            case "selfTest": CommissioningProcedures.selfTest(bob: bob, alice: alice)
            case "polarisation": try await CommissioningProcedures.polarisation(bob: bob, alice: alice)
            default:
                CommissioningProcedures.soak(
                    bob: bob, alice: alice,
                    SoakPlan(
                        link: LinkPlan(purpose: .calibration, symbolRate: 1e6, trainingFraction: 0.1),
                        darkSamples: 100_000, seconds: 4, interval: 2, warmUpLimit: 10))
            }
        let before = (try await alice.opticalState(), try await bob.opticalState())
        let outcome = try await bench.cancelled(procedure, in: 1, at: fraction)
        #expect(outcome.failure == .cancelled)
        #expect(outcome.record.outcome == .incomplete)
        #expect(outcome.unconfirmed.isEmpty)
        try await isInOrder(alice, before.0)
        try await isInOrder(bob, before.1)
        await bench.close()
    }

    @Test(arguments: [Fault.unplug, .brownOut, .hardwareFault])
    func `a receiver that fails in a phase leaves an incomplete record`(fault: Fault) async throws {
        let bench = try await Bench(seed: 360)
        let pair = bench.pair
        let procedure = try await BobCalibration.procedure(bench.bob, plan: Bench.bobPlan)
        let run = CalibrationRun(
            procedure, context: Bench.context,
            report: { progress in
                // Well inside of the sweep of the local oscillator.
                if progress.title.hasPrefix("linearity"), progress.fraction > 0.3 { pair.bob.inject(fault) }
            })
        let outcome = try await run.perform()
        #expect(outcome.failure != nil && outcome.failure != .cancelled)
        #expect(outcome.record.outcome == .incomplete)
        #expect(outcome.record.phases.last?.name == "linearity")
        #expect(outcome.record.measurement("shotNoiseVariance")?.value != nil, "what was done is in the record")
        #expect(outcome.record.remarks.contains { $0.hasPrefix("not carried out: efficiency, stability") })
        if fault != .hardwareFault { #expect(!outcome.unconfirmed.isEmpty) }
        // The dead man's work if nobody else's.
        let limit = HostClock.test.now + .seconds(5)
        while ![.dark, .fault].contains(pair.bob.state), HostClock.test.now < limit {
            try await HostClock.test.sleep(for: .milliseconds(20))
        }
        #expect([.dark, .fault].contains(pair.bob.state))
        await bench.close()
    }

    @Test func `a unit that hangs in a phase goes dark by its dead man`() async throws {
        let bench = try await Bench(seed: 361) { $0.adjust = { $0.heartbeatTimeout = 1_000 } }
        let pair = bench.pair
        let procedure = try await BobCalibration.procedure(bench.bob, plan: Bench.bobPlan)
        let run = CalibrationRun(
            procedure, context: Bench.context,
            report: { progress in
                if progress.title.hasPrefix("linearity"), progress.fraction > 0.3 { pair.bob.inject(.hang) }
            })
        let outcome = try await run.perform()
        #expect(outcome.record.outcome == .incomplete)
        #expect(outcome.unconfirmed.keys.contains("NOVA-B-0001"))
        await bench.close()
        let limit = HostClock.test.now + .seconds(5)
        while pair.bob.state != .dark, HostClock.test.now < limit {
            try await HostClock.test.sleep(for: .milliseconds(20))
        }
        #expect(pair.bob.state == .dark)
    }

    @Test func `light that was on before comes back after a whole calibration only`() async throws {
        let bench = try await Bench(seed: 362)
        try await bench.bob.set(SetLocalOscillator(on: true, power: 6e-3))
        try await bench.bob.waitUntil(.ready, within: .seconds(5))
        let plan = Bench.bobPlan
        let whole = try await CalibrationRun(
            BobCalibration.shotNoise(bench.bob, plan: plan), context: Bench.context
        ).perform()
        #expect(whole.failure == nil)
        let after = try await bench.bob.opticalState()
        #expect(after.light.contains(.localOscillator))
        #expect(abs(after.localOscillatorPower - 6e-3) < 1e-4)
        let cancelled = try await bench.cancelled(BobCalibration.shotNoise(bench.bob, plan: plan), in: 3)
        #expect(cancelled.failure == .cancelled)
        #expect(try await bench.bob.opticalState().light.isEmpty)
        await bench.close()
    }
}
