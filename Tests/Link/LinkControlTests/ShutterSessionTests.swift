import LinkControl
import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// A whole session whose shutter begins to leak, or gets stuck.
@Suite(.serialized, .alwaysVirtualTime) struct ShutterSessionTests {
    /// Judges a window every round; injects the attack once the rule has been quiet in two windows.
    private actor Watch {
        let session: LinkSession
        let bob: Unit
        let pair: EmulatedPair
        let attack: Attack
        let strength: Double
        let rule: MonitorRule
        let limits: MonitorLimits
        private(set) var beforeEnough: [WindowVerdict] = []
        private(set) var quiet: [WindowVerdict] = []
        private(set) var raised: WindowVerdict?

        init(
            _ session: LinkSession, _ bob: Unit, _ pair: EmulatedPair, _ attack: Attack, _ strength: Double,
            _ rule: MonitorRule, _ limits: MonitorLimits
        ) {
            (self.session, self.bob, self.pair) = (session, bob, pair)
            (self.attack, self.strength, self.rule, self.limits) = (attack, strength, rule, limits)
        }

        func isEnough() async -> Bool {
            // Telemetry 15, as the programs read it.
            let reading = try? await bob.telemetry().first { $0.id == 15 }
            let sensors = reading.map { [Sensor.shutterClosed: $0.value] } ?? [:]
            guard let window = await session.judgeWindow(sensors: sensors, limits: limits),
                let finding = window.verdict.finding(rule)
            else { return false }
            switch finding.outcome {
            case .unavailable: beforeEnough.append(window)
            case .quiet:
                quiet.append(window)
                if quiet.count == 2 { pair.inject(attack, strength: strength) }
            case .alarm: raised = window
            default: break
            }
            return raised != nil
        }
    }

    /// Limits of a short test: a shutter is judged once 33 dB would show, which takes half a second. A warning in the
    /// windows of a sound link has probability 1e-6.
    @Test(
        arguments: [
            (PairModel.Receiver.heterodyne, Attack.shutterLeak, 15.0, MonitorRule.shutterLeak),
            (.homodyne, .shutterLeak, 15, .shutterLeak), (.heterodyne, .shutterStuck, 1, .shutterReadBack),
        ])
    func `a shutter that fails is seen in a whole session`(
        detection: PairModel.Receiver, attack: Attack, strength: Double, rule: MonitorRule
    ) async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 41) { $0.model.receiver = detection })
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 0.5, trainingFraction: 0.4)
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        _ = try await session.measureElectronicNoise(samples: 1_000_000)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        var limits = MonitorLimits(blockSeconds: 0.1)
        limits.shutterLeak = 5e-4
        let watch = Watch(session, bob, pair, attack, strength, rule, limits)
        let report = try await session.run { report in
            if report.bob.nextSymbol > 60_000_000 { return true }
            return await watch.isEnough()
        }
        await session.lightDown()
        #expect(report.bob.isConserved)
        // The rule is quiet only where there is enough to show it.
        func hasEnough(_ window: WindowVerdict) -> Bool {
            let tail = limits.warnBudget.probabilityPerTest
            return rule == .shutterLeak
                ? (window.evidence.leak?.visible(tail: tail) ?? .infinity) <= limits.shutterLeak
                : window.evidence.readBack?.canShow(tail: tail) == true
        }
        #expect(await watch.beforeEnough.allSatisfy { !hasEnough($0) })
        #expect(await watch.quiet.allSatisfy(hasEnough))
        let quiet = await watch.quiet
        #expect(quiet.count >= 2)
        for window in quiet.prefix(2) { #expect(window.verdict.raised.isEmpty, "\(window.verdict.raised)") }
        let raised = try #require(await watch.raised, "never raised")
        if rule == .shutterLeak {
            let leak = try #require(raised.evidence.leak)
            let before = try #require(quiet.first?.evidence.leak)
            #expect(leak.relative.value.value > before.relative.value.value)
            #expect(raised.diagnosis?.named.contains(.shutterLeak) == true)
        } else {
            let readings = try #require(raised.evidence.readBack)
            #expect(Double(readings.closed) < readings.expected)
            #expect(raised.verdict.action == .stop)
        }
        await alice.close()
        await bob.close()
    }
}
