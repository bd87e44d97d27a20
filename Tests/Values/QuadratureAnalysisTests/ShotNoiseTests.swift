import QuadratureAnalysis
import Testing

struct ShotNoiseTests {
    private func moments(_ variance: Int64, samples: Int64, clipped: Int64 = 0) -> ReceiverMoments {
        var channel = QuadratureMoments()
        channel.add(samples: samples, sum: 0, sumOfSquares: variance * (samples - 1), clipped: clipped)
        return ReceiverMoments(channel)
    }

    private func failure(
        vacuum: ReceiverMoments, dark: ReceiverMoments?, method: ShotNoiseMethod = .twoTime
    ) -> ShotNoiseFailure? {
        do throws(ShotNoiseFailure) {
            _ = try ShotNoise(vacuum: vacuum, dark: dark, method: method)
            return nil
        } catch { return error }
    }

    @Test func `two-time subtracts the dark variance and one-time makes an efficiency of it`() throws {
        let (vacuum, dark) = (moments(11_000, samples: 1_000_001), moments(1000, samples: 500_001))
        let two = try ShotNoise(vacuum: vacuum, dark: dark)
        let one = try ShotNoise(vacuum: vacuum, dark: dark, method: .oneTime)
        #expect(abs(two.shotNoiseVariance.value.value - 10_000) < 1e-9)
        #expect(abs(one.shotNoiseVariance.value.value - 11_000) < 1e-9)
        let noise = try #require(two.electronicNoise)
        let efficiency = try #require(one.electronicEfficiency)
        #expect(abs(noise.value.value - 0.1) < 1e-12)
        #expect(abs(efficiency.value.value - 1 / 1.1) < 1e-12)
        // η_e = 1/(1 + v_el), so σ(η_e) = σ(v_el)/(1 + v_el)².
        #expect(abs(efficiency.sigma.value / (noise.sigma.value / 1.21) - 1) < 1e-9)
        // ∂v/∂V_off = V_on/N0², ∂v/∂V_on = −V_off/N0²: both relative errors count alike, (1 + v_el)·v_el times each.
        let expected = 0.11 * (2 / 1e6 + 2 / 5e5).squareRoot()
        #expect(abs(noise.sigma.value / expected - 1) < 1e-9)
        let clearance = try #require(two.clearance)
        #expect(abs(clearance.value.value - 10.413_926_85) < 1e-8)
        #expect(abs(clearance.sigma.value / (4.342_944_819 * (6e-6).squareRoot()) - 1) < 1e-9)
        let alone = try ShotNoise(vacuum: vacuum, dark: nil, method: .oneTime)
        #expect(alone.electronicNoise == nil && alone.clearance == nil && alone.electronicEfficiency == nil)
    }

    @Test func `correlated samples count as fewer`() throws {
        let (vacuum, dark) = (moments(11_000, samples: 100_000), moments(1000, samples: 100_000))
        let correlation = Autocorrelation(coefficients: [0.5, 0.25])
        #expect(correlation.inflation == 1.625)
        let plain = try ShotNoise(vacuum: vacuum, dark: dark)
        let wider = try ShotNoise(vacuum: vacuum, dark: dark, vacuumCorrelation: correlation)
        let ratio = wider.vacuumVariance.sigma.value / plain.vacuumVariance.sigma.value
        #expect(abs(ratio - 1.625.squareRoot()) < 1e-12)
    }

    /// x_i = (n_i + n_{i−1})·100/√2 has ρ_1 = ½: the variance of its variance is 1.5 times that of independent samples.
    /// The rms deviation of 400 runs leaves 0.85…1.15 with probability 2e-5; that without the correction would be 1.22.
    @Test func `variances of correlated samples scatter as the effective count says`() throws {
        let seed: UInt64 = 31
        var random = RandomSamples(seed: seed)
        var squares = 0.0
        let dark = moments(100, samples: 1_000_000)
        for _ in 0..<400 {
            var (last, samples) = (random.normal(), [Int16]())
            for _ in 0..<2000 {
                let next = random.normal()
                samples.append(Int16(((last + next) * 100 / 2.0.squareRoot()).rounded()))
                last = next
            }
            var channel = QuadratureMoments()
            channel.add(samples.span)
            let shotNoise = try ShotNoise(
                vacuum: ReceiverMoments(channel), dark: dark,
                vacuumCorrelation: Autocorrelation(coefficients: [0.5]))
            let z = shotNoise.vacuumVariance.deviation(from: RawVariance(10_000 + 1.0 / 12))
            squares += z * z / 400
        }
        #expect((0.85...1.15).contains(squares.squareRoot()), "rms z \(squares.squareRoot()), seed \(seed)")
    }

    @Test func `an imbalanced receiver's pooled variance is less certain than a balanced one's`() {
        var moments = ReceiverMoments()
        moments.x.add(samples: 1001, sum: 0, sumOfSquares: 1000 * 20_000, clipped: 0)
        moments.p.add(samples: 1001, sum: 0, sumOfSquares: 1000 * 10_000, clipped: 0)
        // ½·√(2/1000)·√(20,000² + 10,000²)
        let expected = 0.5 * (2e-3 * 5e8).squareRoot()
        #expect(abs(moments.variance.value.value - 15_000) < 1e-9)
        #expect(abs(moments.variance.sigma.value / expected - 1) < 1e-12)
    }

    @Test func `swapped sets are named as such`() throws {
        let (vacuum, dark) = (moments(11_000, samples: 10_000), moments(1000, samples: 10_000))
        let swapped = try #require(failure(vacuum: dark, dark: vacuum))
        #expect(swapped.description.contains("swapped"))
        let same = try #require(failure(vacuum: vacuum, dark: vacuum))
        #expect(same.description.contains("local oscillator had been in the same state"))
    }

    @Test func `samples that carry no variance are refused with their reason`() {
        let (vacuum, dark) = (moments(11_000, samples: 10_000), moments(1000, samples: 10_000))
        #expect(failure(vacuum: ReceiverMoments(), dark: dark) == .tooFewSamples(.vacuum, have: 0, need: 200))
        #expect(failure(vacuum: vacuum, dark: moments(1, samples: 199)) == .tooFewSamples(.dark, have: 199, need: 200))
        #expect(
            failure(vacuum: moments(11_000, samples: 1000, clipped: 1), dark: dark)
                == .clipped(.vacuum, samples: 1, of: 1000))
        #expect(failure(vacuum: vacuum, dark: moments(0, samples: 1000)) == .constant(.dark))
        #expect(failure(vacuum: vacuum, dark: moments(-5, samples: 1000)) == .impossible(.dark))
        #expect(failure(vacuum: vacuum, dark: nil) == .darkMissing)
        var both = dark
        both.p = dark.x
        #expect(failure(vacuum: vacuum, dark: both) == .differentChannels)
    }
}
