import Calibration
import CalibrationRecords
import Testing
import UnitControl
import UnitEmulator
import VirtualTime

/// What only takes time.
@Suite(.virtualTime) struct WarmUpTests {
    @Test func `a hold lasts as long as it should, with the light up`() async throws {
        let bench = try await Bench(seed: 395) { $0.warmUpTime = 60 }
        let pair = bench.pair
        let procedure = try await CommissioningProcedures.warmUp(
            bob: bench.bob, alice: bench.alice, limit: nil, hold: 600)
        let outcome = try await CalibrationRun(
            procedure, context: Bench.context,
            report: { progress in
                guard progress.detail.hasPrefix("stable") else { return }
                #expect(pair.alice.state == .ready && pair.bob.state == .ready)
            }
        ).perform()
        #expect(outcome.failure == nil)
        for name in ["warmUpTimeAlice", "warmUpTimeBob"] {
            let seconds = try #require(try found(outcome.record, name).value)
            #expect((59.9...61).contains(seconds), "\(name) \(seconds) s")
        }
        let phase = try #require(outcome.record.phases.first)
        #expect((720...723).contains(phase.duration), "\(phase.duration) s")
        await bench.close()
    }

    @Test func `a unit that does not warm up is given up at the limit`() async throws {
        let bench = try await Bench(seed: 396) { $0.warmUpTime = 600 }
        let procedure = try await CommissioningProcedures.warmUp(
            bob: bench.bob, alice: bench.alice, limit: 120, hold: 0)
        let outcome = try await CalibrationRun(procedure, context: Bench.context).perform()
        #expect(outcome.failure == .unit(.alice, .notReached(state: .ready, milliseconds: 120_000)))
        let phase = try #require(outcome.record.phases.first)
        #expect((120...121).contains(phase.duration), "\(phase.duration) s")
        #expect(try await bench.alice.status().state == .dark)
        await bench.close()
    }
}
