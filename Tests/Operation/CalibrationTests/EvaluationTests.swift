import CalibrationRecords
import Testing
import UnitProtocol

@testable import Calibration
@testable import QuadratureAnalysis

/// What findings make of numbers that no sound unit gives.
struct EvaluationTests {
    private static let limits = ClipLimits.converter(bits: 14)

    /// Sums of `samples` heterodyne samples of variance `variance`, exactly.
    private func window(
        _ variance: Double, at second: Double, samples: UInt64 = 1_000_000, clipped: UInt64 = 0, clock: Bool = true
    ) -> MomentWindow {
        let squares = UInt64(variance * Double(samples - 1))
        let (start, end) = clock ? (second, second + 1) : (0, 0)
        return MomentWindow(
            Moments(
                kind: .vacuum, quadratures: 2, samples: samples, clippedSamples: clipped, sumX: 0, sumSquaresX: squares,
                sumP: 0, sumSquaresP: squares, localOscillatorPower: 0.01, startTime: UInt64(start * 1e9),
                endTime: UInt64(end * 1e9)), limits: Self.limits)
    }

    private func series(_ windows: [MomentWindow]) -> MomentSeries {
        var series = MomentSeries(limits: Self.limits)
        for window in windows { series.add(window) }
        return series
    }

    @Test func `a clock that stands still gives the shortest life, and the record says why`() throws {
        let still = StabilityEvaluation(
            windows: (0..<16).map { window(10_000, at: Double($0), clock: false) }, relativeUncertainty: 1e-4)
        #expect(still.life.seconds == StabilityEvaluation.shortestLife)
        #expect(still.life.reason == .unknownDrift)
        let findings = still.findings(BobLimits())
        let life = try #require(findings.measurements.first { $0.name == "usefulLife" })
        #expect(life.value == 600 && life.outcome == .marginal)
        #expect(findings.measurements.first { $0.name == "provenLife" }?.value == nil)
        #expect(findings.note?.hasPrefix("no drift could be fitted") == true)
    }

    @Test func `without visible drift the policy's day holds, beside what is proven`() throws {
        // A tenth of σ up and down: values that are equal to the last digit nobody has measured.
        let quiet = StabilityEvaluation(
            windows: (0..<16).map { window($0 % 2 == 0 ? 10_000 : 10_001, at: Double($0)) }, relativeUncertainty: 1e-4)
        #expect(quiet.life == (86_400, .policy))
        let findings = quiet.findings(BobLimits())
        #expect(findings.measurements.first { $0.name == "usefulLife" }?.outcome == .pass)
        // σ_D = 1e-3/√340 = 5.4e-5/s for 16 windows 1 s apart: 1e-4 is excluded for 0.6 s.
        let proven = try #require(findings.measurements.first { $0.name == "provenLife" }?.value)
        #expect(abs(proven / (1e-4 / (3 * 1e-3 / 340.0.squareRoot())) - 1) < 0.01)
    }

    @Test func `drift beyond the shortest life fails by the life that was found`() throws {
        let drifting = StabilityEvaluation(
            windows: (0..<16).map { window(10_000 * (1 + 1e-2 * Double($0)), at: Double($0)) },
            relativeUncertainty: 1e-4)
        #expect(drifting.life == (600, .allan))
        let life = try #require(drifting.findings(BobLimits()).measurements.first { $0.name == "usefulLife" })
        #expect(try #require(life.value) < 0.1)
        #expect(life.outcome == .fail)
    }

    private func shotNoise(_ on: MomentWindow, _ off: MomentWindow) -> PhaseFindings {
        ShotNoiseFindings(dark: series([off]), vacuum: series([on])).findings(BobLimits())
    }

    @Test func `shot noise is that of the analysis, to the bit`() throws {
        let (on, off) = (window(11_000, at: 0), window(1_000, at: 1))
        let findings = shotNoise(on, off)
        let expected = try ShotNoise(vacuum: on.moments, dark: off.moments)
        func found(_ name: String) -> RecordedMeasurement? {
            findings.measurements.first { $0.name == name }
        }
        #expect(found("shotNoiseVariance")?.value == expected.shotNoiseVariance.value.value)
        #expect(found("shotNoiseVariance")?.sigma == expected.shotNoiseVariance.sigma.value)
        #expect(found("electronicNoise")?.sigma == expected.electronicNoise?.sigma.value)
        #expect(found("clearanceDecibels")?.sigma == expected.clearance?.sigma.value)
        #expect(findings.end == nil)
    }

    @Test func `what is no shot noise is not given as one`() {
        let equal = shotNoise(window(1_000, at: 0), window(1_000, at: 1))
        #expect(equal.end?.hasPrefix("no shot noise: the local oscillator is off") == true)
        #expect(equal.measurements.first { $0.name == "shotNoiseSignificance" }?.outcome == .fail)
        // A clipped variance is a censored one: V_on is shown, N0 is not, and the rest is still looked at.
        let clipped = shotNoise(window(11_000, at: 0, clipped: 3), window(1_000, at: 1))
        #expect(clipped.end == nil && clipped.note?.contains("clipped") == true)
        #expect(clipped.measurements.first { $0.name == "vacuumVariance" }?.value != nil)
        #expect(clipped.measurements.first { $0.name == "shotNoiseVariance" }?.value == nil)
        #expect(clipped.measurements.first { $0.name == "clearanceDecibels" }?.outcome == .fail)
        let few = shotNoise(window(11_000, at: 0, samples: 50), window(1_000, at: 1, samples: 50))
        #expect(few.end?.contains("too few") == true)
    }

    /// bP² = 3 % of aP. The eavesdropper who owns it takes 0.03 SNU at the detector.
    @Test func `classical noise of the local oscillator is reported as if nobody trusted it`() throws {
        func measured(_ value: Double) -> Estimate<RawVariance> {
            Estimate(RawVariance(value), sigma: RawVariance(1e-4 * value), samples: 1_000_000)
        }
        func findings(_ quadratic: Double) -> PhaseFindings {
            let points = [0.2, 0.4, 0.6, 0.8, 1.0].map { power in
                LinearityFit.Point(
                    power: 1e-2 * power, variance: measured(1_000 + 10_000 * power + quadratic * power * power))
            }
            return PowerSweep(dark: measured(1_000), points: points, nominalPower: 1e-2).findings(BobLimits())
        }
        let noisy = findings(300)
        let untrusted = try #require(noisy.measurements.first { $0.name == "untrustedExcessNoise" })
        #expect(abs(try #require(untrusted.value) - 0.03) < 1e-9)
        #expect(untrusted.plane == "detector")
        #expect(noisy.note?.contains("if the eavesdropper owns it") == true)
        #expect(findings(-300).measurements.allSatisfy { $0.name != "untrustedExcessNoise" })
        let sound = try #require(findings(0).measurements.first { $0.name == "untrustedExcessNoise" })
        #expect(abs(try #require(sound.value)) < 1e-9)
    }
}
