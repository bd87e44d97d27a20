import LinkControl
import LinkMonitors
import QuadratureAnalysis
import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// The monitors of a session that runs: what they need comes from the streams.
@Suite(.serialized, .alwaysVirtualTime) struct MonitoredSessionTests {
    /// Windows of a session, and the attack that begins when the baseline stands and two windows were quiet.
    private actor Watch {
        let session: LinkSession
        let pair: EmulatedPair
        let attack: Attack
        let strength: Double
        private(set) var quiet: [WindowVerdict] = []
        private(set) var attacked: [WindowVerdict] = []
        private var isAttacked = false
        private var rounds = 0

        init(_ session: LinkSession, _ pair: EmulatedPair, _ attack: Attack, _ strength: Double) {
            (self.session, self.pair, self.attack, self.strength) = (session, pair, attack, strength)
        }

        /// Judges every fifth round (half a second); true when the attack was seen in two windows, or after 20 without.
        func isEnough() async -> Bool {
            rounds += 1
            guard rounds % 5 == 0,
                let window = await session.judgeWindow(sensors: [:], limits: MonitorLimits(blockSeconds: 0.5)),
                window.shotNoise?.reference != nil
            else { return false }
            if isAttacked {
                attacked.append(window)
            } else {
                quiet.append(window)
                if quiet.count == 3 {
                    pair.inject(attack, strength: strength)
                    isAttacked = true
                }
            }
            // The first window after the injection has seen both.
            return attacked.count >= 3
        }
    }

    /// A warning in three sound windows has probability 1e-6 at one a month.
    @Test(
        arguments: [PairModel.Receiver.heterodyne, .homodyne],
        [
            (Attack.loCalibration, 1.4, MonitorRule.vacuumPerPower, Hypothesis?.some(.calibrationAttack)),
            (.saturation, 90, .clippedSamples, .receiverLightAttack),
            (.loDrift, -0.2, .localOscillatorPower, .localOscillatorDrift),
        ])
    func `an attack on a running session is seen in its windows`(
        detection: PairModel.Receiver, attack: (Attack, Double, MonitorRule, Hypothesis?)
    ) async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 31) { $0.model.receiver = detection })
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 0.3, trainingFraction: 0.3)
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        _ = try await session.measureElectronicNoise(samples: 1_000_000)
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let watch = Watch(session, pair, attack.0, attack.1)
        let report = try await session.run { report in
            if report.bob.nextSymbol > 60_000_000 { return true }
            return await watch.isEnough()
        }
        await session.lightDown()
        let (quiet, attacked) = (await watch.quiet, await watch.attacked)
        #expect(quiet.count == 3)
        for window in quiet { #expect(window.verdict.raised.isEmpty, "\(window.verdict.raised)") }
        let last = try #require(attacked.last)
        let verdict = last.verdict
        #expect(verdict.raised.map(\.rule).contains(attack.2), "\(verdict.raised.map(\.rule))")
        if let hypothesis = attack.3 {
            #expect(last.diagnosis?.named == [hypothesis], "\(String(describing: last.diagnosis?.conclusion))")
        }
        // Sensors that nobody read are not taken for good news.
        #expect(verdict.unavailable.contains(.receiverInput))
        let shotNoise = try #require(report.shotNoise)
        #expect(shotNoise.reference == .firstWindows)
        #expect(shotNoise.session.samples == report.vacuumSamples)
        // On a slow machine the first window is long enough to be the reference: then no window came before the six.
        #expect(shotNoise.windows >= quiet.count + attacked.count)
        await alice.close()
        await bob.close()
    }

    static func baseline(_ model: PairModel, dark: ReceiverMoments) -> LinkBaseline {
        var calibrated = ReceiverMoments()
        // V_on = N0(1 + v_el) = 11,000 LSB² with 2e7 samples: mean 0, Σ² = n·V.
        calibrated.x.add(samples: 10_000_000, sum: 0, sumOfSquares: 110_000_000_000, clipped: 0)
        calibrated.p = calibrated.x
        let sensitivity = LinkSensitivity(
            detection: .heterodyne, efficiency: model.efficiency, transmittance: Transmittance(loss: Decibels(5)),
            electronicNoise: ShotNoiseUnits(0.1), modulationVariance: ShotNoiseUnits(5))
        return LinkBaseline(
            sensitivity: sensitivity, vacuum: calibrated, dark: dark, localOscillatorPower: model.nominalPower)
    }

    /// Compared with a calibration, an attack that has always been there is seen in the first window.
    @Test func `a calibration shows what was wrong from the start`() async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 32))
        defer { pair.stop() }
        pair.inject(.loCalibrationGain, strength: 1.3)
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 0.3, trainingFraction: 0.3)
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        let noise = try await session.measureElectronicNoise(samples: 1_000_000)
        await session.hold(against: Self.baseline(pair.configuration.model, dark: noise.moments))
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let found = Found()
        _ = try await session.run { report in
            if let window = await session.judgeWindow(sensors: [:], limits: MonitorLimits(blockSeconds: 0.5)) {
                await found.note(window)
                return true
            }
            return report.bob.nextSymbol > 30_000_000
        }
        await session.lightDown()
        let window = try #require(await found.window)
        #expect(window.verdict.finding(.vacuumPerPower)?.outcome == .alarm)
        #expect(window.verdict.action == .stop)
        #expect(window.shotNoise?.reference == .calibration)
        await alice.close()
        await bob.close()
    }

    /// Light that stays on between sessions stays warm: V_off comes from an earlier session of the same visit then.
    @Test(arguments: [false, true])
    func `with V_off adopted the shot noise is followed, whichever came first`(calibrationFirst: Bool) async throws {
        let pair = EmulatedPair.test(LinkSessionTests.configuration(seed: 33))
        defer { pair.stop() }
        let alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test", clock: .test)
        let bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test", clock: .test)
        let plan = LinkPlan(purpose: .test, symbolRate: 1e6, vacuumFraction: 0.3, trainingFraction: 0.3)
        let noise = try await LinkSession(alice: alice, bob: bob, plan: plan).measureElectronicNoise(samples: 1_000_000)
        let session = try await LinkSession(alice: alice, bob: bob, plan: plan)
        #expect(await session.shotNoise() == nil)
        let baseline = Self.baseline(pair.configuration.model, dark: noise.moments)
        if calibrationFirst { await session.hold(against: baseline) }
        try await session.adopt(noise)
        #expect(await session.shotNoise()?.dark?.samples == noise.moments.samples)
        if !calibrationFirst { await session.hold(against: baseline) }
        try await session.lightUp(within: .seconds(10))
        try await session.start()
        let report = try await session.run { $0.bob.nextSymbol > 3_000_000 }
        await session.lightDown()
        let shotNoise = try #require(report.shotNoise)
        #expect(shotNoise.reference == .calibration)
        #expect(shotNoise.session.samples == report.vacuumSamples)
        #expect(shotNoise.windows > 0)
        await alice.close()
        await bob.close()
    }

    private actor Found {
        private(set) var window: WindowVerdict?
        func note(_ window: WindowVerdict) { self.window = window }
    }
}
