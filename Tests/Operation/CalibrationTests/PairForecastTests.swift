import CalibrationRecords
import Testing
import UnitControl
import UnitProtocol
import VirtualTime

@testable import Calibration

/// What a plan cannot show is known before it begins.
@Suite(.virtualTime) struct PairForecastTests {
    private static func forecast(
        loss: Double, change: (inout PairPlan) -> Void = { _ in }
    ) async throws -> PairForecast {
        let bench = try await Bench(seed: 1)
        let capabilities = try await bench.bob.capabilities()
        await bench.close()
        var plan = PairPlan(symbolRate: 1e6)
        plan.commissionedLoss = loss
        change(&plan)
        return try PairForecast(plan, capabilities, modulationVariance: 5, loss: loss)
    }

    private static func goal(_ error: any Error) -> UnreachableGoal? {
        if let failure = error as? CalibrationFailure, case .unreachable(let goal) = failure { goal } else { nil }
    }

    /// What `body` is refused with.
    private static func refusal(_ body: () throws -> Void) -> UnreachableGoal? {
        do {
            try body()
            return nil
        } catch {
            return goal(error)
        }
    }

    @Test(arguments: [2.0, 5, 10, 15])
    func `fewer symbols than the least show no margin, and so many do`(loss: Double) async throws {
        let forecast = try await Self.forecast(loss: loss)
        let least = Double(try #require(try forecast.leastSymbols(excessNoise: 0.01)))
        let (enough, few) = (
            try #require(try forecast.outlook(symbols: 1.01 * least, excessNoise: 0.01)),
            try forecast.outlook(symbols: least / 30, excessNoise: 0)
        )
        #expect(enough.worst < (enough.null ?? 0))
        #expect(few.map { $0.worst > ($0.null ?? 0) } ?? true)
        #expect(throws: CalibrationFailure.self) { try forecast.symbols(wanted: UInt64(least / 30), rate: 1e6) }
        #expect(try forecast.symbols(wanted: UInt64(2 * least), rate: 1e6).count == UInt64(2 * least))
    }

    @Test func `a plan that may be lengthened is, and says from what to what; one that may not names what would do`()
        async throws
    {
        let strict = try await Self.forecast(loss: 10)
        let goal = try #require(Self.refusal { _ = try strict.symbols(wanted: 100_000, rate: 1e6) })
        #expect(goal.loss == 10 && goal.samples ?? 0 > 1_000_000 && goal.seconds == Double(goal.samples ?? 0) / 1e6)
        #expect("\(goal)".contains("would do") && "\(goal)".contains("10 dB"))
        let lenient = try await Self.forecast(loss: 10) { $0.shortSession = .lengthened }
        let (count, remark) = try lenient.symbols(wanted: 100_000, rate: 1e6)
        #expect(count > 1_000_000 && remark?.hasPrefix("lengthened from 0.1 s to ") == true, "\(remark ?? "")")
        let accepting = try await Self.forecast(loss: 10) { $0.shortSession = .accepted }
        #expect(try accepting.symbols(wanted: 100_000, rate: 1e6).count == 100_000)
        #expect(try accepting.symbols(wanted: 100_000, rate: 1e6).remark != nil)
        // What would last longer than a calibration holds is refused all the same.
        #expect(throws: CalibrationFailure.self) { try lenient.symbols(wanted: 100_000, rate: 10) }
    }

    @Test func `no number of symbols brings key where the block is too small for any`() async throws {
        let forecast = try await Self.forecast(loss: 10) {
            $0.blockSizes = [10_000]
            $0.shortSession = .lengthened
        }
        let goal = try #require(Self.refusal { _ = try forecast.symbols(wanted: 1_000_000_000, rate: 1e6) })
        #expect(goal.obstacle == .noKey && goal.blockSize == 10_000 && goal.samples == nil)
    }

    @Test func `a receiver's plan is refused if its sigma shows no margin, or if it would outlast its result`()
        async throws
    {
        let bench = try await Bench(seed: 1)
        func refusal(_ change: (inout BobPlan) -> Void) async -> UnreachableGoal? {
            var plan = BobPlan()
            change(&plan)
            do {
                _ = try await BobCalibration.procedure(bench.bob, plan: plan)
                return nil
            } catch {
                return Self.goal(error)
            }
        }
        #expect(await refusal { $0.target = ExcessNoiseTarget(sigma: 0.001, loss: 5) } == nil)
        let vague = await refusal { $0.target = ExcessNoiseTarget(sigma: 0.1, loss: 10) }
        #expect(vague?.sigma ?? 1 < 0.01, "\(String(describing: vague))")
        let long = await refusal { $0.target = ExcessNoiseTarget(sigma: 1e-5, loss: 20) }
        let isTooLong = if case .tooLong(let seconds, 86_400)? = long?.obstacle { seconds > 1e6 } else { false }
        #expect(isTooLong, "years were planned: \(String(describing: long))")
        #expect(await refusal { $0.vacuumSamples = 1_000_000_000_000_000 } != nil)
        await bench.close()
    }
}
