import LinkControl
import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// What a session says when the two ends count different symbols, and when there is nothing to judge.
@Suite(.serialized, .alwaysVirtualTime) struct SlipTests {
    private actor Windows {
        private(set) var all: [WindowVerdict] = []
        private var rounds = 0

        /// Judges every third round, 0.3 s.
        func judge(_ session: LinkSession, leastVacuum: Int64 = 5_000) async -> Int {
            rounds += 1
            if rounds % 3 == 0,
                let window = await session.judgeWindow(
                    sensors: [:], limits: MonitorLimits(blockSeconds: 0.3), leastVacuum: leastVacuum)
            {
                all.append(window)
            }
            return all.count
        }
    }

    private func session(
        _ pair: EmulatedPair, vacuum: Double = 0.3, dark: Double = 0
    ) async throws -> (LinkSession, alice: Unit, bob: Unit) {
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(
            purpose: .test, symbolRate: 4e5, vacuumFraction: vacuum, trainingFraction: 0.3, darkFraction: dark)
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        _ = try await session.measureElectronicNoise(samples: 1_000_000)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        return (session, alice, bob)
    }

    /// The delay is looked at again in its turn only every 256 training frames, seconds apart: without frames that have to
    /// correlate, T̂ and ξ̂ of a slip look like a tap with an intercept-resend, and the session said so.
    @Test(arguments: [PairModel.Receiver.heterodyne, .homodyne], [5.0, -3])
    func `a slip raises the synchronisation rule at once, and is taken for nothing else`(
        detection: PairModel.Receiver, slip: Double
    ) async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 41) { $0.model.receiver = detection })
        defer { pair.stop() }
        let (session, alice, bob) = try await session(pair)
        let windows = Windows()
        let before = 12
        let report = try await session.run { _ in
            let count = await windows.judge(session)
            if count == before { pair.inject(.syncSlip, strength: slip) }
            return count >= before + 6
        }
        await session.lightDown()
        let all = await windows.all
        for window in all.prefix(before) {
            #expect(window.verdict.raised.isEmpty, "\(window.verdict.raised)")
        }
        #expect(all.prefix(before).last?.verdict.finding(.synchronisation)?.outcome == .quiet)
        let after = all.dropFirst(before)
        let raised = after.filter { $0.verdict.finding(.synchronisation)?.outcome == .alarm }
        #expect(!raised.isEmpty)
        for window in after {
            #expect(Set(window.verdict.raised.map(\.rule)).isSubset(of: [.synchronisation]), "\(window.verdict.raised)")
        }
        #expect(raised.first?.diagnosis?.conclusion == .likely(.syncSlip))
        // What was found, by how much it moved and how clearly: and it stays said, whatever is found afterwards.
        let found = try #require(raised.compactMap(\.evidence.slip).first)
        #expect(found.symbols == Int(slip) && found.before == pair.configuration.model.delay)
        #expect(found.significance >= found.threshold)
        guard case .syncLost(let reason) = await session.fault() else {
            Issue.record("no fault")
            return
        }
        #expect(reason.contains("the delay moved by \(slip > 0 ? "+" : "")\(Int(slip)) symbols"), "\(reason)")
        #expect(!reason.contains("no delay stands out"))
        #expect(report.delay == pair.configuration.model.delay + Int(slip), "found again")
        await alice.close()
        await bob.close()
    }

    /// Training does not correlate either when the light is gone, and that is a loss.
    @Test func `a fibre that is cut is a loss and no slip`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 42))
        defer { pair.stop() }
        let (session, alice, bob) = try await session(pair)
        let windows = Windows()
        let before = 12
        _ = try await session.run { _ in
            let count = await windows.judge(session)
            if count == before { pair.inject(.fibreBend, strength: 60) }
            return count >= before + 4
        }
        await session.lightDown()
        // The first window after the cut has seen both. One in which no disclosed training came says that it has no evidence.
        let after = await windows.all.dropFirst(before + 1).map(\.verdict)
        #expect(after.allSatisfy { $0.finding(.synchronisation)?.outcome != .alarm })
        let judged = after.compactMap { $0.finding(.transmittance)?.outcome }.filter(\.isJudged)
        #expect(judged.count >= 2 && judged.allSatisfy { $0 == .alarm }, "\(judged)")
        await alice.close()
        await bob.close()
    }

    @Test func `a session without vacuum is judged all the same, and says what it lacks`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 43))
        defer { pair.stop() }
        let (session, alice, bob) = try await session(pair, vacuum: 0)
        let windows = Windows()
        _ = try await session.run { _ in await windows.judge(session, leastVacuum: 0) >= 2 }
        await session.lightDown()
        let last = try #require(await windows.all.last)
        #expect(last.verdict.finding(.vacuumVariance)?.missing.contains(.vacuumSamples) == true)
        #expect(last.verdict.finding(.clippedSamples)?.outcome == .quiet)
        await alice.close()
        await bob.close()
    }

    /// 5 σ: probability 6e-7 each.
    @Test(arguments: [PairModel.Receiver.heterodyne, .homodyne])
    func `dark frames keep V_off up to date`(detection: PairModel.Receiver) async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 44) { $0.model.receiver = detection })
        defer { pair.stop() }
        let (session, alice, bob) = try await session(pair, dark: 0.2)
        let windows = Windows()
        let report = try await session.run { _ in await windows.judge(session) >= 5 }
        await session.lightDown()
        let symbols = Double(report.bob.symbols(.dark))
        #expect(report.darkSamples == Int64(symbols) * (detection == .homodyne ? 1 : 2))
        // Slots of 4,088 symbols, drawn one by one: 5 σ of the binomial, and the symbols of guard.
        let delivered = Double(report.bob.deliveredSymbols)
        #expect(abs(symbols / delivered - 0.2) < 5 * (0.16 * 4_088 / delivered).squareRoot() + 0.02)
        #expect(report.bob.symbols(.guard) > 0, "the local oscillator settles before and after")
        let last = try #require(await windows.all.last)
        #expect(last.verdict.finding(.electronicVariance)?.outcome == .quiet)
        let model = pair.configuration.model
        let expected = model.shotNoiseVariance * model.electronicNoise + 1.0 / 12
        let dark = last.evidence.dark.variance
        #expect(abs(dark.value.value - expected) < 5 * dark.sigma.value)
        #expect(report.bob.isConserved && report.alice.isConserved)
        // The million of before the session and the session's own, in each quadrature.
        let quadratures: Int64 = detection == .homodyne ? 1 : 2
        #expect(report.shotNoise?.dark?.samples == quadratures * 1_000_000 + report.darkSamples)
        await alice.close()
        await bob.close()
    }
}
