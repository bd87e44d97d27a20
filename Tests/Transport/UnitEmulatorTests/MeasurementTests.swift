import Testing
import UnitProtocol

@testable import UnitEmulator

/// README, section 11.
struct MeasurementTests {
    @Test func `vacuum and dark moments agree with the model`() throws {
        let rig = Rig()
        rig.makeReady()
        #expect(rig.bob.ask(MeasureMoments(samples: 1_000, kind: .dark))?.error == .conditionNotMet)
        for samples: UInt64 in [60_000, 10_000_000] {
            rig.bob.ask(MeasureMoments(samples: samples, kind: .vacuum))
            #expect(rig.bob.ask(RunSelfTest())?.error == .wrongState)
            #expect(rig.bob.ask(Capture(sampleCount: 2))?.error == .inProgress)
            for _ in 0..<11 {
                rig.run(1_000)
                rig.bob.ask(Heartbeat(count: 1))
            }
            let moments = try #require(rig.bob.replies(Moments.templateID).last).block(Moments.self)
            #expect(moments.samples == samples && moments.quadratures == 2)
            // V_on = N0(1 + v_el) + 1/12 and a leak of 60 dB; 5 σ of a variance of n samples.
            let expected = 11_000.1
            let sigma = expected * (2 / Double(samples)).squareRoot()
            for sum in [moments.sumSquaresX, moments.sumSquaresP] {
                #expect(abs(Double(sum) / Double(samples) - expected) < 5 * sigma)
            }
        }
    }

    @Test func `a capture is read in parts and is what the format says`() throws {
        let rig = Rig()
        rig.makeReady()
        #expect(rig.bob.ask(Capture(sampleCount: 5_001))?.error == .outOfRange, "half a pair of x and p")
        rig.bob.ask(Capture(sampleCount: 5_002))
        #expect(rig.bob.replies(CaptureReady.templateID).isEmpty)
        rig.run(4)
        let ready = try #require(rig.bob.replies(CaptureReady.templateID).last).block(CaptureReady.self)
        #expect(ready.format == .xp16 && ready.sampleCount == 5_002)
        var samples: [UInt8] = []
        while true {
            let answer = try #require(
                rig.bob.ask(ReadCapture(captureId: ready.captureId, offset: UInt32(samples.count / 2), count: 4_000)))
            #expect(answer.bytes.count <= 4_096)
            var reader = try MessageReader(answer.bytes.span.bytes.extracting(32..<answer.bytes.count))
            let part = try reader.data(CaptureData.samples).withUnsafeBytes { Array($0) }
            if part.isEmpty { break }
            samples += part
        }
        #expect(samples.count == 2 * 5_002)
    }

    @Test func `going dark ends a measurement`() {
        let rig = Rig()
        rig.makeReady()
        rig.bob.ask(MeasureMoments(samples: 1 << 40, kind: .vacuum))
        rig.run(2_100)
        #expect(rig.bob.replies(ErrorMessage.templateID).last?.error == .conditionNotMet)
        #expect(rig.pair.bob.state == .dark)
    }

    @Test func `nothing moves the optics under a measurement`() {
        let rig = Rig()
        rig.alice.hello()
        rig.alice.ask(RunSelfTest())
        #expect(rig.alice.ask(SetAttenuation(attenuation: 3))?.error == .inProgress)
        #expect(rig.alice.ask(SetModulation(format: .off, variance: 0))?.error == .inProgress)
        #expect(rig.alice.ask(SetModulatorBiasLock(enabled: false))?.error == .inProgress)
        #expect(rig.alice.ask(SetSignalLaser(on: true))?.error == .inProgress)
        rig.run(15_000)
        rig.makeReady()
        rig.bob.ask(MeasureMoments(samples: 1 << 40, kind: .vacuum))
        #expect(rig.bob.ask(SetShutter(position: .open))?.error == .inProgress)
        #expect(rig.bob.ask(SetLocalOscillator(on: false, power: 0))?.error == .inProgress)
    }

    @Test func `the self-test lists its items`() throws {
        let rig = Rig()
        rig.alice.hello()
        rig.alice.ask(RunSelfTest())
        #expect(rig.alice.ask(RunSelfTest())?.error == .inProgress)
        rig.run(510)
        #expect(rig.alice.replies(SelfTestResult.templateID).count == 1)
    }

    @Test func `the truth of a session is that of the model, after its end too`() throws {
        let rig = Rig()
        rig.makeReady()
        _ = StreamTests.session(
            rig, symbols: 300_000, bob: Rig.start(9, vacuum: 0.2, dark: 0.1), alice: Rig.start(9))
        let (truth, covered) = try #require(rig.pair.truth(session: 9, symbols: 1_000..<200_000))
        #expect(covered.lowerBound <= 1_000 && covered.upperBound >= 200_000)
        let model = rig.pair.configuration.model
        #expect(abs(truth.excessNoise - model.excessNoise - 5.01 * model.phaseVariance) < 1e-3)
        #expect(abs(truth.electronicNoise - model.electronicNoise) < 1e-3)
        #expect(rig.pair.truth(session: 10, symbols: 0..<10) == nil)
    }
}
