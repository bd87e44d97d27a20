import CLibKissFFT
import Foundation
import PythonScripts
import QuadratureAnalysis
import Testing

struct WelchEstimatorTests {
    /// Gaussian noise with a colour and a mean.
    static func noise(_ count: Int, seed: UInt64) -> [Int16] {
        var random = RandomSamples(seed: seed)
        var last = 0.0
        return (0..<count).map { _ in
            last = 0.6 * last + 300 * random.normal()
            return Int16(max(-32_768, min(32_767, (last + 120).rounded())))
        }
    }

    static func spectrum(
        _ samples: [Int16], length: Int, detection: Detection = .homodyne, rate: Double = 1, chunk: Int = 1000
    ) -> PowerSpectrum? {
        var welch = WelchEstimator(length: length, detection: detection, sampleRate: rate)
        for first in stride(from: 0, to: samples.count, by: chunk) {
            welch.add(samples.span.extracting(first..<min(first + chunk, samples.count)))
        }
        return try? welch.spectrum()
    }

    /// The same by KissFFT, one segment after the other, in double where it sums.
    static func reference(_ samples: [Int16], length: Int) -> [Double] {
        let window = (0..<length).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(length)) }
        let plan = kiss_fftr_alloc(Int32(length), 0, nil, nil)
        defer { free(UnsafeMutableRawPointer(plan)) }
        var power = [Double](repeating: 0, count: length / 2 + 1)
        var segments = 0.0
        for first in stride(from: 0, through: samples.count - length, by: length / 2) {
            let part = samples[first..<(first + length)].map(Double.init)
            let mean = part.reduce(0, +) / Double(length)
            let input = zip(part, window).map { Float(($0 - mean) * $1) }
            var output = [kiss_fft_cpx](repeating: kiss_fft_cpx(r: 0, i: 0), count: length / 2 + 1)
            kiss_fftr(plan, input, &output)
            for bin in power.indices {
                let (r, i) = (Double(output[bin].r), Double(output[bin].i))
                power[bin] += (r * r + i * i) * (bin == 0 || bin == length / 2 ? 1 : 2)
            }
            segments += 1
        }
        let scale = 1 / (segments * window.reduce(0) { $0 + $1 * $1 })
        return power.map { $0 * scale }
    }

    @Test(arguments: [16, 32, 64, 128, 256, 512, 1024, 4096]) func `the transform agrees with KissFFT`(_ length: Int)
        throws
    {
        // 16 segments and one, and a rest that is no segment.
        let samples = Self.noise(length * 9 + length / 2 - 3, seed: 1)
        let found = try #require(Self.spectrum(samples, length: length))
        let wanted = Self.reference(samples, length: length)
        #expect(found.segments == 17)
        let most = wanted.max() ?? 0
        for bin in wanted.indices {
            #expect(abs(found.density[bin] - wanted[bin]) < 2e-6 * (wanted[bin] + 1e-3 * most), "bin \(bin)")
        }
    }

    @Test func `it agrees with scipy to 1e-5, in every bin, one quadrature and two`() throws {
        let samples = Self.noise(100_000, seed: 2)
        let folder = FileManager.default.temporaryDirectory.appending(path: "cvqkd-welch-\(getpid())")
        try samples.withUnsafeBytes { Data($0) }.write(to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = """
            import sys, json, numpy as np, scipy.signal as s
            d = np.fromfile(sys.argv[1], '<i2').astype(float)
            one = s.welch(d, fs=1e6, window='hann', nperseg=1024)[1]
            two = (s.welch(d[0::2], fs=1e6, nperseg=256)[1] + s.welch(d[1::2], fs=1e6, nperseg=256)[1]) / 2
            print(json.dumps([list(one), list(two)]))
            """
        let result = try Python.output(of: script, folder.path)
        let wanted = try JSONDecoder().decode([[Double]].self, from: Data(result.utf8))
        let one = try #require(Self.spectrum(samples, length: 1024, rate: 1e6, chunk: 777))
        let two = try #require(Self.spectrum(samples, length: 256, detection: .heterodyne, rate: 1e6, chunk: 778))
        for (found, wanted) in [(one, wanted[0]), (two, wanted[1])] {
            try #require(found.density.count == wanted.count)
            // The mean is taken out: what is left at 0 Hz comes from the window, and from rounding.
            for bin in wanted.indices { #expect(abs(found.density[bin] / wanted[bin] - 1) < 1e-5, "bin \(bin)") }
        }
    }

    @Test func `the integral is the variance of the windowed samples, exactly`() throws {
        let length = 512
        let samples = Self.noise(length, seed: 3)
        let found = try #require(Self.spectrum(samples, length: length, rate: 5e6))
        let mean = Double(samples.reduce(0) { $0 + Int($1) }) / Double(length)
        var (sum, weight) = (0.0, 0.0)
        for (index, sample) in samples.enumerated() {
            let w = 0.5 - 0.5 * cos(2 * Double.pi * Double(index) / Double(length))
            sum += w * w * (Double(sample) - mean) * (Double(sample) - mean)
            weight += w * w
        }
        #expect(abs(found.power / (sum / weight) - 1) < 1e-5)
    }

    @Test func `the integral of white noise is its variance, and σ of a bin is what is stated`() throws {
        // Seed 4. 1,500 segments of 256: the variance to 0.4 % (1 σ of both), five σ allowed; scatter of 127 bins
        // against the stated σ, 1 ± 0.063 (1 σ), five allowed: fails a correct program once in 1e6.
        var random = RandomSamples(seed: 4)
        let samples = random.samples(192_000, deviation: 500, mean: 40)
        let found = try #require(Self.spectrum(samples, length: 256, rate: 2e6))
        var moments = QuadratureMoments()
        moments.add(samples.span)
        #expect(abs(found.power / moments.variance.value - 1) < 0.02)
        let level = moments.variance.value / 1e6
        let scatter = (2...126).map { pow((found.density[$0] / level - 1) / found.relativeSigma($0), 2) }
        #expect(abs((scatter.reduce(0, +) / 125).squareRoot() - 1) < 0.32)
        let band = found.mean(10..<110)
        #expect(abs(band.value - level) < 5 * band.sigma)
    }

    @Test func `a run that ends is not joined with the next`() throws {
        let samples = Self.noise(4096, seed: 5)
        var welch = WelchEstimator(length: 1024, detection: .homodyne, sampleRate: 1)
        welch.add(samples.span.extracting(0..<1500))
        welch.endRun()
        welch.add(samples.span.extracting(1500..<2524))
        let spectrum = try? welch.spectrum()
        let found = try #require(spectrum)
        #expect(found.segments == 2)
        #expect(Self.spectrum(Array(samples[..<1023]), length: 1024) == nil)
    }
}
