// The standard library has no logarithm and no arc tangent.
import Glibc

/// Finds the whole-symbol delay between Alice's and Bob's counters by cross-correlation.
///
/// For every lag d in ±`maxDelay` the sum c(d) = Σ b_i · conj(a_{i−d}) is accumulated, with a = x + ip and b = u + iv for
/// heterodyne, b = y or iy in basis x or p for homodyne, both about their block means. Where Alice and Bob are unrelated,
/// Re c and Im c are independent Gaussians of equal, known variance s², so |c|/s is Rayleigh distributed. Blocks add up
/// coherently: the phase between the units must hold still over the blocks that are added.
///
/// At the right lag |c|/s is about √(2n·SNR/(1+SNR)) for heterodyne and √(n·SNR/(1+SNR)) for homodyne, SNR per measured
/// quadrature: at −15 dB one needs about 1,000 symbols heterodyne, 2,000 homodyne.
public struct AlignmentSearch: Sendable {
    /// How Bob measures.
    public let detection: Detection
    /// The window: lags from −`maxDelay` to +`maxDelay` symbols.
    public let maxDelay: Int
    /// Probability that a search over unrelated data reports a delay.
    public let falseAlarm: Double
    /// Symbols added.
    public private(set) var symbols: Int64 = 0
    private var real: [Double]
    private var imaginary: [Double]
    private var variance: [Double]

    /// A search without data.
    ///
    /// - Parameters:
    ///   - detection: how Bob measures.
    ///   - maxDelay: half width of the window, symbols, ≥ 0.
    ///   - falseAlarm: accepted probability that unrelated data yield a delay, over the whole window.
    public init(detection: Detection, maxDelay: Int, falseAlarm: Double = 1e-9) {
        precondition(maxDelay >= 0, "a window of \(maxDelay) symbols")
        precondition(falseAlarm > 0 && falseAlarm < 1, "a probability of \(falseAlarm)")
        self.detection = detection
        self.maxDelay = maxDelay
        self.falseAlarm = falseAlarm
        let lags = 2 * maxDelay + 1
        real = Array(repeating: 0, count: lags)
        imaginary = real
        variance = real
    }

    /// The |c|/s that a lag must reach: z = √(2 ln(lags/P)). The union bound makes P an upper limit, and dividing by the
    /// energies of the very data makes the tail of |c|/s lighter than Rayleigh's, so the true rate is below P.
    public var threshold: Double { (2 * log(Double(real.count) / falseAlarm)).squareRoot() }

    /// Adds a block of heterodyne data: 2n samples x, p, x, p… of each side, of the same slots by their own counters.
    public mutating func add(alice: Span<Int16>, bob: Span<Int16>) {
        precondition(detection == .heterodyne, "a homodyne block needs its basis bits")
        precondition(alice.count == bob.count && alice.count % 2 == 0, "one x and one p per symbol on both sides")
        correlate(centred(alice), centred(bob))
    }

    /// Adds a block of homodyne data: 2n samples of Alice's, n of Bob's, his basis bits (bit i, least significant
    /// first, for symbol i; 0 = x).
    public mutating func add(alice: Span<Int16>, bob: Span<Int16>, basis: Span<UInt8>) {
        precondition(detection == .homodyne, "a heterodyne block has no basis bits")
        precondition(alice.count == 2 * bob.count, "one x and one p of Alice's for each of Bob's samples")
        precondition(basis.count >= (bob.count + 7) / 8, "a basis bit for each of Bob's samples")
        var sum: Int64 = 0
        for index in bob.indices { sum &+= Int64(bob[index]) }
        let mean = Int32((Double(sum) / Double(max(bob.count, 1))).rounded())
        var received = [Int32](repeating: 0, count: 2 * bob.count)
        for index in bob.indices {
            let bit = Int(basis[index >> 3] >> UInt8(index & 7)) & 1
            received[2 * index + bit] = Int32(bob[index]) - mean
        }
        correlate(centred(alice), received)
    }

    /// The delay, once it stands out.
    ///
    /// - Throws: `AlignmentFailure` when no lag reaches the threshold; add more blocks, or widen the window.
    public func result() throws(AlignmentFailure) -> Alignment {
        let (best, significance, runnerUp) = highest
        guard significance >= threshold else {
            throw .noPeak(best: significance, threshold: threshold, symbols: symbols)
        }
        return Alignment(
            delay: best - maxDelay, significance: significance, runnerUp: runnerUp,
            phase: atan2(imaginary[best], real[best]))
    }

    /// How strongly the data correlate at the best delay, whether that stands out or not.
    public var correlation: StreamCorrelation {
        StreamCorrelation(
            coefficient: min(1, highest.significance * sigma), sigma: sigma, symbols: symbols, needed: threshold)
    }

    /// Of a correlation coefficient of unrelated data.
    private var sigma: Double {
        1 / Double(max(1, symbols) * Int64(detection.samplesPerSymbol)).squareRoot()
    }

    private var highest: (lag: Int, significance: Double, runnerUp: Double) {
        var (best, bestSignificance, runnerUp) = (0, 0.0, 0.0)
        for lag in real.indices where variance[lag] > 0 {
            let significance =
                ((real[lag] * real[lag] + imaginary[lag] * imaginary[lag]) / variance[lag]).squareRoot()
            if significance > bestSignificance {
                (best, runnerUp, bestSignificance) = (lag, bestSignificance, significance)
            } else if significance > runnerUp {
                runnerUp = significance
            }
        }
        return (best, bestSignificance, runnerUp)
    }

    /// Alice's samples with the sign of p turned: a receiver that exchanges the quadratures, or calls one the other,
    /// correlates with these.
    public static func mirrored(_ alice: Span<Int16>) -> [Int16] {
        [Int16](unsafeUninitializedCapacity: alice.count) { buffer, count in
            for index in alice.indices {
                let value = alice[index]
                buffer.initializeElement(at: index, to: index & 1 == 0 ? value : value == .min ? .max : -value)
            }
            count = alice.count
        }
    }

    /// Interleaved samples about their mean, rounded to whole LSB: the rest of at most ½ LSB is far below the noise.
    private func centred(_ samples: Span<Int16>) -> [Int32] {
        var (x, p) = (Int64(0), Int64(0))
        let symbols = samples.count / 2
        for index in 0..<symbols {
            x &+= Int64(samples[2 * index])
            p &+= Int64(samples[2 * index + 1])
        }
        let meanX = Int32((Double(x) / Double(max(symbols, 1))).rounded())
        let meanP = Int32((Double(p) / Double(max(symbols, 1))).rounded())
        return [Int32](unsafeUninitializedCapacity: 2 * symbols) { buffer, count in
            for index in 0..<symbols {
                buffer.initializeElement(at: 2 * index, to: Int32(samples[2 * index]) - meanX)
                buffer.initializeElement(at: 2 * index + 1, to: Int32(samples[2 * index + 1]) - meanP)
            }
            count = 2 * symbols
        }
    }

    private mutating func correlate(_ alice: [Int32], _ bob: [Int32]) {
        let count = alice.count / 2
        guard count > 0 else { return }
        symbols += Int64(count)
        // Var Re c per pair of unrelated symbols: E|a|²·E|b|²/2.
        let perSymbol = energy(alice) * energy(bob) / 2
        for delay in -maxDelay...maxDelay {
            let overlap = BlockOverlap(symbols: count, delay: delay)
            guard overlap.count > 0 else { continue }
            var (re, im) = (Int64(0), Int64(0))
            let (a, b) = (alice.span, bob.span)
            for step in 0..<overlap.count {
                let sent = 2 &* (overlap.alice &+ step)
                let received = 2 &* (overlap.bob &+ step)
                let (ax, ap) = (Int64(a[sent]), Int64(a[sent &+ 1]))
                let (bx, bp) = (Int64(b[received]), Int64(b[received &+ 1]))
                re &+= bx &* ax &+ bp &* ap
                im &+= bp &* ax &- bx &* ap
            }
            real[delay + maxDelay] += Double(re)
            imaginary[delay + maxDelay] += Double(im)
            variance[delay + maxDelay] += perSymbol * Double(overlap.count)
        }
    }

    /// Mean |z|² per symbol.
    private func energy(_ samples: [Int32]) -> Double {
        var total: Int64 = 0
        for sample in samples { total &+= Int64(sample) &* Int64(sample) }
        return Double(total) / Double(samples.count / 2)
    }
}
