import Testing
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

/// Light up, light down, at both ends.
@Suite(.timeLimit(.minutes(1)))
struct UnitLightTests {
    private struct Bench {
        let pair: EmulatedPair
        let alice: Unit
        let bob: Unit

        init(warmUp: Double = 0.05) async throws {
            var configuration = PairConfiguration(model: PairModel(seed: 3))
            configuration.warmUpTime = warmUp
            pair = EmulatedPair(configuration)
            alice = try await Unit.connect(InProcessPort(pair.alice), hostName: "test")
            bob = try await Unit.connect(InProcessPort(pair.bob), hostName: "test")
        }

        func close() async {
            await alice.close()
            await bob.close()
            pair.stop()
        }
    }

    @Test(
        arguments: [
            (.signal(modulationVariance: 3), ShutterPosition.open), (.vacuum, .closed), (.sourceOnly, .closed),
        ] as [(LightSetting, ShutterPosition)])
    func `the receiver's shutter is where the light's use wants it`(
        setting: LightSetting, position: ShutterPosition
    ) async throws {
        let bench = try await Bench()
        try await bench.bob.lightUp(setting, within: .seconds(10))
        let optics = try await bench.bob.opticalState()
        #expect(optics.light.contains(.localOscillator))
        #expect(optics.shutterSet == position)
        #expect(try await bench.bob.status().state == .ready)
        try await bench.bob.lightDown()
        #expect(try await bench.bob.opticalState().light.isEmpty)
        #expect(await bench.bob.confirmsDark())
        await bench.close()
    }

    @Test func `the transmitter is modulated for a signal, and left as it is for the source alone`() async throws {
        let bench = try await Bench()
        try await bench.alice.lightUp(.signal(modulationVariance: 3), within: .seconds(10))
        #expect(abs(try await bench.alice.opticalState().modulationVariance - 3) < 1e-9)
        #expect(!(await bench.alice.confirmsDark()))
        try await bench.alice.lightDown()
        try await bench.alice.set(SetModulation(format: .gaussian, variance: 2))
        try await bench.alice.lightUp(.sourceOnly, within: .seconds(10))
        #expect(abs(try await bench.alice.opticalState().modulationVariance - 2) < 1e-9)
        await bench.close()
    }

    @Test func `a warm-up that takes too long is said to, and can be ended`() async throws {
        let bench = try await Bench(warmUp: 60)
        let error = await UnitTests.failure { try await bench.bob.lightUp(.vacuum, within: .milliseconds(200)) }
        #expect(error == .notReached(state: .ready, milliseconds: 200))
        try await bench.bob.lightDown()
        #expect(try await bench.bob.status().state == .dark)
        await bench.close()
    }

    @Test func `light that goes out during the warm-up is noticed, long before the limit`() async throws {
        let bench = try await Bench(warmUp: 60)
        let lighting = Task {
            await UnitTests.failure { try await bench.bob.lightUp(.vacuum, within: .seconds(50)) }
        }
        for _ in 0..<1000 where try await bench.bob.status().state != .warmingUp {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await bench.bob.set(SetLocalOscillator(on: false, power: 0))
        #expect(await lighting.value == .lightWentOut(state: .dark))
        await bench.close()
    }

    @Test func `light down ends a session first, whoever started it`() async throws {
        let bench = try await Bench()
        try await bench.bob.lightUp(.vacuum, within: .seconds(10))
        let plan = StreamPlan(
            session: 7, purpose: .test, options: .standalone, frameBytes: 1024, symbolsPerFrame: 128,
            symbolRate: 50_000, vacuumFraction: 1)
        _ = try await bench.bob.startStream(plan)
        try await bench.bob.lightDown()
        #expect(try await bench.bob.status().state == .dark)
        await bench.close()
    }

    @Test func `a unit whose light no command reaches says why`() async throws {
        let bench = try await Bench()
        try await bench.bob.zeroise()
        #expect(
            await UnitTests.failure { try await bench.bob.lightDown() } == .outOfService(state: .zeroised, faultCode: 0)
        )
        let error = await UnitTests.failure { try await bench.bob.lightUp(.vacuum, within: .seconds(1)) }
        #expect(error == .outOfService(state: .zeroised, faultCode: 0))
        await bench.close()
    }

    /// A receiver whose shutter is stuck.
    private actor StuckShutter: LitUnit {
        nonisolated let identity: UnitIdentity
        private let unit: Unit

        init(_ unit: Unit) {
            self.unit = unit
            identity = unit.identity
        }

        func status() async throws(UnitError) -> Status { try await unit.status() }
        func opticalState() async throws(UnitError) -> OpticalState { try await unit.opticalState() }
        func telemetry() async throws(UnitError) -> [TelemetryReading] { try await unit.telemetry() }
        func stopSession(_ session: UInt64) async throws(UnitError) { try await unit.stopSession(session) }
        func set<Request: UnitMessage>(_ request: Request) async throws(UnitError) {
            if request is SetShutter { throw .timedOut(request: "SetShutter", milliseconds: 1000) }
            try await unit.set(request)
        }
    }

    @Test func `a shutter that fails does not keep the local oscillator on`() async throws {
        let bench = try await Bench()
        try await bench.bob.lightUp(.vacuum, within: .seconds(10))
        let error = await UnitTests.failure { try await StuckShutter(bench.bob).lightDown() }
        #expect(error == .timedOut(request: "SetShutter", milliseconds: 1000))
        #expect(await bench.bob.confirmsDark())
        await bench.close()
    }

    @Test func `warm-up limits follow from what a unit declares, whatever it declares`() async throws {
        let bench = try await Bench()
        var data = try await bench.bob.capabilities()
        for (declared, limit) in [(20, 50), (-3, 10), (.nan, 10), (.infinity, 10), (1e300, 172_810)] as [(Double, Int)]
        {
            data.warmUpTime = declared
            #expect(data.warmUpLimit == .seconds(limit), "\(declared)")
        }
        await bench.close()
    }
}
