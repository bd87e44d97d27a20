import QuadratureAnalysis
import Testing

/// V(P) = 1,000 + 1e6·P + b·P² LSB² with P in W, nominal 10 mW: N0 = 10,000 LSB².
struct LinearityFitTests {
    private func sweep(_ share: Double, seed: UInt64, noise: Double = 3e-4) throws -> LinearityFit {
        var random = RandomSamples(seed: seed)
        func measured(_ value: Double) -> Estimate<RawVariance> {
            Estimate(
                RawVariance(value * (1 + noise * random.normal())), sigma: RawVariance(value * 3e-4),
                samples: 20_000_000)
        }
        let points = [2e-3, 4e-3, 6e-3, 8e-3, 10e-3, 11.5e-3].map { power in
            LinearityFit.Point(
                power: power, variance: measured(1000 + 1e6 * power + share * 1e8 * power * power))
        }
        return try LinearityFit(dark: measured(1000), points: points)
    }

    @Test func `without noise the coefficients are exact`() throws {
        let fit = try sweep(0.02, seed: 600, noise: 0)
        #expect(abs(fit.polynomial.coefficients[0] - 1000) < 1e-6)
        #expect(abs(fit.slope.value.value / 1e6 - 1) < 1e-9)
        #expect(abs(fit.curvature.value.value / 2e6 - 1) < 1e-7)
        #expect(abs(fit.quadraticShare(at: 10e-3).value.value - 0.02) < 1e-9)
        #expect(abs(fit.linearShotNoise(at: 10e-3).value.value - 10_000) < 1e-5)
        #expect(abs(fit.polynomial.determination - 1) < 1e-12)
        #expect(fit.residuals.allSatisfy { abs($0) < 1e-6 })
    }

    /// 1,000 sweeps: the rms of q's deviations in its own σ leaves 0.9…1.1 with probability 8e-6, that of χ²/4 = mean of
    /// 1,000 leaves 1 ± 0.1 with 1e-5.
    @Test func `printed standard deviations are those that shares scatter with`() throws {
        var (squares, chi) = (0.0, 0.0)
        for seed in 0..<1000 {
            let fit = try sweep(0.03, seed: 610_000 + UInt64(seed))
            let z = fit.quadraticShare(at: 10e-3).deviation(from: Ratio(0.03))
            squares += z * z / 1000
            chi += fit.polynomial.chiSquared / Double(fit.polynomial.degreesOfFreedom) / 1000
        }
        #expect((0.9...1.1).contains(squares.squareRoot()), "seeds from 610000")
        #expect((0.9...1.1).contains(chi), "seeds from 610000")
    }

    @Test func `a saturating receiver is found, with the power where it has bent`() throws {
        let fit = try sweep(-0.1, seed: 601)
        #expect(fit.verdict == .saturation)
        // bP is 5 % of a at half of the nominal power.
        #expect(abs(try #require(fit.bendPower()) / 5e-3 - 1) < 0.1)
        #expect(fit.untrustedExcessNoise(at: 10e-3) == nil, "its b is no noise")
    }

    /// physics.md §2 by hand: trusted, ξ_B = (S² − V_on)/aP. The eavesdropper's bP² is not Bob's: V_on without it is
    /// V_off + aP, and ξ_B is (S² − V_off − aP)/aP, larger by bP²/aP = 0.03.
    @Test func `classical noise of the local oscillator is excess noise if nobody trusts it`() throws {
        let fit = try sweep(0.03, seed: 602, noise: 0)
        #expect(fit.verdict == .classicalNoise)
        #expect(fit.bendPower() == nil)
        let residual = 11_400.0
        let (dark, linear, quadratic) = (1000.0, 10_000.0, 300.0)
        let trusted = (residual - dark - linear - quadratic) / linear
        let untrusted = (residual - dark - linear) / linear
        let gained = try #require(fit.untrustedExcessNoise(at: 10e-3))
        #expect(abs(gained.value.value - (untrusted - trusted)) < 1e-9)
        // At the input, 10 dB away, heterodyne with η = 0.6, one SNU: no key at all.
        let input = gained.value.atInput(of: Transmittance(0.1), efficiency: 0.6, detection: .heterodyne)
        #expect(abs(input.value - 1) < 1e-6)
    }

    @Test func `a sound receiver shows no curvature, and a share with both signs`() throws {
        var below = 0
        for seed in 0..<50 {
            let fit = try sweep(0, seed: 620_000 + UInt64(seed))
            // Within 5 σ: probability 6e-7.
            #expect(abs(fit.quadraticShare(at: 10e-3).deviation(from: Ratio(0))) < 5)
            if let noise = fit.untrustedExcessNoise(at: 10e-3), noise.value.value < 0 { below += 1 }
        }
        // Unclamped: fewer than 10 or more than 40 of 50 have probability 2e-5.
        #expect((10...40).contains(below), "seeds from 620000")
    }

    @Test func `two powers, or no numbers, tell no line from a curve`() throws {
        let one = Estimate(RawVariance(1000), sigma: RawVariance(1), samples: 1000)
        let point = LinearityFit.Point(power: 1e-2, variance: one)
        #expect(throws: Degeneracy.tooFew(have: 2, need: 3)) { try LinearityFit(dark: one, points: [point]) }
        #expect(throws: Degeneracy.indistinct) { try LinearityFit(dark: one, points: [point, point, point]) }
        let broken = Estimate(RawVariance(.nan), sigma: RawVariance(1), samples: 1000)
        let other = LinearityFit.Point(power: 5e-3, variance: broken)
        #expect(throws: Degeneracy.notFinite) { try LinearityFit(dark: one, points: [point, other]) }
        // Constant samples have no σ, and a receiver without light has no slope.
        let constant = Estimate(RawVariance(0), sigma: RawVariance(0), samples: 1000)
        let powers = [2e-3, 4e-3, 8e-3]
        #expect(throws: Degeneracy.notFinite) {
            try LinearityFit(
                dark: constant, points: powers.map { LinearityFit.Point(power: $0, variance: constant) })
        }
        #expect(throws: Degeneracy.zeroReference) {
            try LinearityFit(dark: one, points: powers.map { LinearityFit.Point(power: $0, variance: one) })
        }
    }
}
