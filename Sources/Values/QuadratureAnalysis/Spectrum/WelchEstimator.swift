internal import CLibKissFFT
// The standard library has no cosine.
import Glibc

/// Welch's method over a stream of samples: segments that overlap by one half, each less its own mean and under a Hann
/// window, transformed and averaged. Bounded memory, however long the stream.
/// The transform is KissFFT's, of one real segment at a time.
public struct WelchEstimator: ~Copyable {
    /// Samples of a segment, a power of two.
    public let length: Int
    /// How samples lie.
    public let detection: Detection
    /// Samples per second of one quadrature.
    public let sampleRate: Double

    private let plan: kiss_fftr_cfg
    private let window: [Float]
    private let windowPower: Double
    private var power: [Double]
    private var segments: Int64 = 0
    private var pending: [Int16] = []
    private var windowed: [Float]
    private var transformed: [kiss_fft_cpx]

    /// Symbols that are collected before they are looked at, beside a segment: what is left over is moved once.
    private static let room = 1 << 16

    /// Nothing added yet.
    ///
    /// - Parameters:
    ///   - length: samples of a segment, a power of two from 16 to 65,536. The resolution is about 1.5·sampleRate/length.
    ///   - sampleRate: of one quadrature, Hz; 1 if it is not known, and frequencies are then in units of it.
    public init(length: Int = 4096, detection: Detection, sampleRate: Double) {
        precondition((16...65_536).contains(length) && length & (length - 1) == 0, "segments of \(length) samples")
        self.length = length
        self.detection = detection
        self.sampleRate = sampleRate
        // The periodic window, as for every spectral estimate: the symmetric one would repeat its zero.
        let window = (0..<length).map { Float(0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(length))) }
        windowPower = window.reduce(0) { $0 + Double($1) * Double($1) }
        self.window = window
        power = Array(repeating: 0, count: length / 2 + 1)
        windowed = Array(repeating: 0, count: length)
        transformed = Array(repeating: kiss_fft_cpx(r: 0, i: 0), count: length / 2 + 1)
        guard let plan = kiss_fftr_alloc(Int32(length), 0, nil, nil) else {
            fatalError("no memory for segments of \(length) samples")
        }
        self.plan = plan
    }

    // It is one block of malloc's: KissFFT's own name for its release is a macro.
    deinit { free(UnsafeMutableRawPointer(plan)) }

    /// Adds samples that follow the last ones without a break: y, y, y… for homodyne, x, p, x, p… for heterodyne.
    public mutating func add(_ samples: Span<Int16>) {
        samples.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
        if pending.count >= (length + Self.room) * detection.samplesPerSymbol { addSegments() }
    }

    /// Ends a run of samples: what follows is not next to what came before. Less than a segment at the end is left out.
    public mutating func endRun() {
        addSegments()
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func addSegments() {
        let width = detection.samplesPerSymbol
        var first = 0
        while first + length <= pending.count / width {
            for quadrature in 0..<width { addSegment(first * width + quadrature, stride: width) }
            first += length / 2
        }
        pending.removeFirst(min(first * width, pending.count))
    }

    private mutating func addSegment(_ first: Int, stride: Int) {
        let length = length
        // SAFETY: the caller has counted the samples of the segment, `stride` apart from `first` on; every other buffer
        // has `length` or length/2 + 1 values, as KissFFT wants them, and KissFFT keeps no pointer to them.
        pending.withUnsafeBufferPointer { samples in
            window.withUnsafeBufferPointer { window in
                windowed.withUnsafeMutableBufferPointer { windowed in
                    var sum = 0
                    for i in 0..<length { sum &+= Int(samples[first &+ i &* stride]) }
                    let mean = Float(Double(sum) / Double(length))
                    for i in 0..<length {
                        windowed[i] = (Float(samples[first &+ i &* stride]) - mean) * window[i]
                    }
                }
            }
        }
        windowed.withUnsafeBufferPointer { windowed in
            transformed.withUnsafeMutableBufferPointer { kiss_fftr(plan, windowed.baseAddress, $0.baseAddress) }
        }
        power.withUnsafeMutableBufferPointer { power in
            transformed.withUnsafeBufferPointer { transformed in
                for bin in 0..<power.count {
                    let z = transformed[bin]
                    power[bin] += Double(z.r * z.r + z.i * z.i)
                }
            }
        }
        segments += 1
    }

    /// The average of all segments so far.
    ///
    /// Throws `.tooFew` before the first whole segment, `.constant` if the samples of no segment vary.
    public consuming func spectrum() throws(Degeneracy) -> PowerSpectrum {
        let longest = Int64(pending.count / detection.samplesPerSymbol)
        endRun()
        guard segments > 0 else { throw .tooFew(have: longest, need: Int64(length)) }
        guard power.contains(where: { $0 > 0 }) else { throw .constant }
        let scale = 1 / (sampleRate * windowPower * Double(segments))
        let half = length / 2
        var density = [Double](repeating: 0, count: half + 1)
        for bin in 0...half {
            // One-sided: what lies at negative frequencies is added, except where there is none.
            density[bin] = power[bin] * scale * (bin == 0 || bin == half ? 1 : 2)
        }
        return PowerSpectrum(density: density, binWidth: sampleRate / Double(length), segments: segments)
    }
}
