import Foundation
import QuadratureAnalysis
import Testing

struct QuantitiesTests {
    @Test func `every transmittance above 0 has a finite loss`() {
        for value: Double in [.leastNonzeroMagnitude, .leastNonzeroMagnitude * 1e14, 1e-308, 0.5] {
            #expect(abs(Transmittance(value).loss.value / -10 - log10(value)) < 1e-9)
        }
        #expect(Transmittance(1).loss.value == 0 && Transmittance(1).loss.value.sign == .plus)
    }

    @Test func `excess noise changes its number with its plane`() {
        let channel = Transmittance(loss: Decibels(10))
        let input = ExcessNoise<Plane.Input>(0.05)
        #expect(abs(channel.value - 0.1) < 1e-15)
        #expect(abs(channel.loss.value - 10) < 1e-12)
        #expect(abs(input.atOutput(of: channel).value - 0.005) < 1e-15)
        #expect(abs(input.atOutput(of: channel).atInput(of: channel).value - 0.05) < 1e-15)
        for detection in Detection.allCases {
            let detector = input.atDetector(of: channel, efficiency: 0.6, detection: detection)
            #expect(abs(detector.value - detection.quadratureShare * 0.003) < 1e-15)
            let back = detector.atInput(of: channel, efficiency: 0.6, detection: detection)
            #expect(abs(back.value - 0.05) < 1e-15)
        }
    }

    @Test func `half of the light reaches each quadrature of a heterodyne receiver`() {
        #expect(Detection.homodyne.quadratureShare == 1)
        #expect(Detection.heterodyne.quadratureShare == 0.5)
    }

    @Test func `raw variances and shot-noise units convert by N0 only`() {
        let shotNoise = RawVariance(12_000)
        #expect(RawVariance(13_200).normalised(by: shotNoise).value == 1.1)
        #expect(ShotNoiseUnits(1.5).raw(shotNoise: shotNoise).value == 18_000)
    }
}
