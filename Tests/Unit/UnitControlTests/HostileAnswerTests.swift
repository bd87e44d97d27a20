import QuadratureAnalysis
import Testing
import UnitEmulator
import UnitProtocol
import UnitRelays
import UnitTransport
import VirtualTime

@testable import UnitControl

/// A unit whose answers are well-formed, and not what was asked or what can be.
@Suite(.virtualTime) struct HostileAnswerTests {
    /// A unit behind a relay that changes what it says.
    static func unit(
        _ seed: UInt64 = 3, role: UnitRole = .bob, receiver: PairModel.Receiver = .heterodyne,
        _ change: (UnitRelay) -> Void = { _ in }
    ) async throws -> (unit: UnitControl.Unit, relay: UnitRelay, pair: EmulatedPair) {
        var model = PairModel(seed: seed)
        model.receiver = receiver
        var configuration = PairConfiguration(model: model)
        configuration.warmUpTime = 0.05
        let pair = EmulatedPair.test(configuration)
        let relay = UnitRelay(try InProcessPort(role == .bob ? pair.bob : pair.alice))
        change(relay)
        return (try await Unit.connect(relay, hostName: "test", clock: .test), relay, pair)
    }

    static func reason(_ error: UnitError?, of request: String) -> String? {
        guard case .badReply(request, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return nil
        }
        return reason
    }

    // MARK: Sums

    /// n is what was asked for: 1,000.
    @Test(
        arguments: [
            { $0.samples = 999 }, { $0.kind = .vacuum }, { $0.quadratures = 1 }, { $0.quadratures = 3 },
            { $0.clippedSamples = 2_001 }, { $0.sumSquaresX = 1_001 << 30 }, { $0.sumSquaresP = 1_001 << 30 },
            { $0.sumSquaresX = .max }, { $0.sumX = 1_001 << 15 }, { $0.sumX = .min },
            { ($0.sumX, $0.sumSquaresX) = (5, 0) }, { ($0.sumP, $0.sumSquaresP) = (-5, 0) },
            { ($0.sumX, $0.sumSquaresX) = (100_000, 9_999_999) }, { ($0.sumX, $0.sumSquaresX) = (900, 850) },
            { ($0.startTime, $0.endTime) = (2, 1) },
        ] as [@Sendable (inout Moments) -> Void])
    func `sums that no samples have are refused`(lie: @escaping @Sendable (inout Moments) -> Void) async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        relay.change(Moments.self, lie)
        let error = await UnitTests.failure { _ = try await unit.measureMoments(.dark, samples: 1_000) }
        _ = Self.reason(error, of: "MeasureMoments")
        await unit.close()
    }

    @Test func `a saturated heterodyne receiver is believed: its clips are counted over both channels`() async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        relay.change(Moments.self) { moments in
            (moments.sumX, moments.sumSquaresX) = (1_000 * 8_191, 1_000 * 8_191 * 8_191)
            (moments.sumP, moments.sumSquaresP) = (-1_000 * 8_191, 1_000 * 8_191 * 8_191)
            moments.clippedSamples = 2_000
        }
        let sums = ReceiverMoments(
            try await unit.measureMoments(.dark, samples: 1_000), limits: .converter(bits: 14))
        #expect(sums.isPlausible && sums.clipped == 2_000 && sums.x.clipped == 1_000)
        await unit.close()
    }

    @Test func `a homodyne receiver has no sums of p`() async throws {
        let (unit, relay, pair) = try await Self.unit(receiver: .homodyne)
        defer { pair.stop() }
        _ = try await unit.measureMoments(.dark, samples: 1_000)
        relay.change(Moments.self) { $0.sumSquaresP = 1_000 }
        let error = await UnitTests.failure { _ = try await unit.measureMoments(.dark, samples: 1_000) }
        #expect(Self.reason(error, of: "MeasureMoments")?.contains("one channel") == true)
        await unit.close()
    }

    // MARK: Capabilities

    @Test(
        arguments: [
            { $0.maximumSymbolRate = 0 }, { $0.maximumSymbolRate = 1e15 },
            { ($0.minimumSymbolRate, $0.maximumSymbolRate) = (2e6, 1e6) }, { $0.detectorEfficiency = 0 },
            { $0.adcBits = 0 }, { $0.adcBits = 17 }, { $0.adcBits = 255 },
            { $0.shutterSettling = 1e9 }, { $0.warmUpTime = 1e9 },
            { ($0.clipLow, $0.clipHigh) = (5, 5) }, { $0.maximumMomentSamples = 0 },
        ] as [@Sendable (inout Capabilities) -> Void])
    func `capabilities from which days of work would be planned are refused`(
        lie: @escaping @Sendable (inout Capabilities) -> Void
    ) async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        relay.change(Capabilities.self, lie)
        let error = await UnitTests.failure { _ = try await unit.capabilities() }
        _ = Self.reason(error, of: "GetCapabilities")
        await unit.close()
    }

    // MARK: Acknowledgements and clocks

    @Test(arguments: [Zeroise.templateID, GetStatus.templateID, 0, 999])
    func `an acknowledgement of another request is refused`(id: UInt16) async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        try await unit.set(SetLocalOscillator(on: true, power: 0))
        relay.change(Acknowledge.self) { $0.requestId = id }
        let off = await UnitTests.failure { try await unit.set(SetLocalOscillator(on: false, power: 0)) }
        #expect(Self.reason(off, of: "SetLocalOscillator")?.contains("acknowledges request \(id)") == true)
        _ = Self.reason(await UnitTests.failure { try await unit.set(SetShutter(position: .closed)) }, of: "SetShutter")
        _ = Self.reason(await UnitTests.failure { try await unit.reset(.cold) }, of: "Reset")
        await unit.close()
    }

    @Test(
        arguments: [{ $0.hostTime += 1 }, { $0.receivedTime = $0.sentTime + 1 }]
            as [@Sendable (inout ClockMessage) -> Void])
    func `a clock that answers another question is refused`(lie: @escaping @Sendable (inout ClockMessage) -> Void)
        async throws
    {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        _ = try await unit.clockMapping()
        relay.change(ClockMessage.self, lie)
        let error = await UnitTests.failure { _ = try await unit.clockMapping() }
        _ = Self.reason(error, of: "GetClock")
        await unit.close()
    }

    // MARK: Captures

    @Test(
        arguments: [
            { $0.sampleCount = 200 }, { $0.sampleCount = 98 }, { $0.format = .x16 }, { $0.sampleRate = 0 },
            { $0.sampleRate *= 2 }, { $0.sampleRate /= 2 },
        ] as [@Sendable (inout CaptureReady) -> Void])
    func `a capture of another size, format or rate than its unit takes is refused`(
        lie: @escaping @Sendable (inout CaptureReady) -> Void
    ) async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        #expect(try await unit.capture(samples: 100).samples.count == 100)
        relay.change(CaptureReady.self, lie)
        let error = await UnitTests.failure { _ = try await unit.capture(samples: 100) }
        _ = Self.reason(error, of: "Capture")
        await unit.close()
    }

    @Test func `a capture that comes sample by sample is refused`() async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        // Length of the data in front of it: one sample.
        relay.rewrite(CaptureData.self) { message in
            let (start, size) = (MessageHeader.length + CaptureData.blockLength, CaptureData.samples.lengthSize)
            let length = [2] + [UInt8](repeating: 0, count: size - 1)
            return message[..<start] + length + message[(start + size)..<(start + size + 2)]
        }
        let error = await UnitTests.failure { _ = try await unit.capture(samples: 1_000) }
        #expect(Self.reason(error, of: "ReadCapture") != nil)
        await unit.close()
    }

    // MARK: Telemetry

    @Test func `values of a unit whose clock stands still grow old`() async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        let stopped = Guarded<UInt64?>(nil)
        #expect(try await unit.telemetry().allSatisfy { !$0.isStale })
        relay.change(Telemetry.self) { telemetry in
            telemetry.deviceTime = stopped.withLock { time in
                time = time ?? telemetry.deviceTime
                return time ?? 0
            }
        }
        for _ in 0..<5 {
            _ = try await unit.telemetry()
            try await HostClock.test.sleep(for: .seconds(1))
        }
        let readings = try await unit.telemetry()
        #expect(readings.allSatisfy { $0.isStale && $0.age >= .seconds(4) })
        await unit.close()
    }

    @Test func `an honest clock makes no value old in an hour, a hundred parts in a million slow`() {
        var lag = DeviceTimeLag()
        for second in 0..<3_600 {
            let host = HostClock.Instant(nanoseconds: UInt64(second) * 1_000_000_000 + UInt64(second % 7) * 40_000_000)
            #expect(lag.age(device: UInt64(Double(second) * 1e9 * 0.9999), host: host) == .zero)
        }
    }

    @Test func `no value is current for a year because its unit says so`() async throws {
        let (unit, relay, pair) = try await Self.unit()
        defer { pair.stop() }
        relay.rewrite(TelemetryCatalog.self) { message in
            // All maximum ages: the entries' own layout is the codec's.
            var message = message
            let group = MessageHeader.length + TelemetryCatalog.blockLength
            let length = Int(message[group]) | Int(message[group + 1]) << 8
            let count = Int(message[group + 2]) | Int(message[group + 3]) << 8
            for entry in 0..<count {
                let start = group + TelemetryCatalog.ItemsEntry.dimensionLength + entry * length
                guard
                    let place = (start..<start + length - 3).first(where: { message[$0..<$0 + 4] == [0xE8, 3, 0, 0] })
                else { continue }
                message.replaceSubrange(place..<place + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
            }
            return message
        }
        #expect(try await unit.telemetry().allSatisfy { $0.maximumAge == TelemetryReading.longestAge })
        await unit.close()
    }

    // MARK: Events

    @Test func `a flood of messages is let through in part, the rest counted and said`() async throws {
        let (unit, _, pair) = try await Self.unit()
        defer { pair.stop() }
        let events = await unit.events()
        for _ in 0..<10 {
            pair.bob.inject(.logMessage, value: 100)
            try await HostClock.test.sleep(for: .milliseconds(500))
        }
        await unit.close()
        var (heard, leftOut) = (UInt64(0), UInt64(0))
        for await event in events {
            if case .log = event { heard += 1 }
            if case .leftOut(let count) = event { leftOut += count }
        }
        #expect((32...60).contains(heard), "\(heard)")
        #expect(heard + leftOut <= 1_000 && leftOut > 500, "\(leftOut)")
    }
}
