internal import CUnitIO
// The standard library has no cosine.
import Glibc

/// Welch's method over a stream of samples: segments that overlap by one half, each less its own mean and under a Hann
/// window, transformed and averaged. Bounded memory, however long the stream.
///
/// The transform is our own kernel, for sixteen segments at a time: a library's transform of one signal after the other
/// takes several times as long (`make bench` has the ratio); the tests hold it against KissFFT and scipy.
public struct WelchEstimator: ~Copyable {
    /// Samples of a segment, a power of two.
    public let length: Int
    /// How samples lie.
    public let detection: Detection
    /// Samples per second of one quadrature.
    public let sampleRate: Double

    private let kernel: OpaquePointer
    private let windowPower: Double
    private var power: [Double]
    private var segments: Int64 = 0
    private var pending: [Int16] = []

    /// Segments that the kernel takes at once.
    private static let batch = 16

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
        power = Array(repeating: 0, count: length)
        // SAFETY: the kernel copies `length` values and keeps no pointer.
        guard let kernel = window.withUnsafeBufferPointer({ cu_welch_make(length, $0.baseAddress) }) else {
            fatalError("no memory for segments of \(length) samples")
        }
        self.kernel = kernel
    }

    deinit { cu_welch_free(kernel) }

    /// Adds samples that follow the last ones without a break: y, y, y… for homodyne, x, p, x, p… for heterodyne.
    public mutating func add(_ samples: Span<Int16>) {
        samples.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
        take(wholeBatchesOnly: true)
    }

    /// Ends a run of samples: what follows is not next to what came before. Less than a segment at the end is left out.
    public mutating func endRun() {
        take(wholeBatchesOnly: false)
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func take(wholeBatchesOnly: Bool) {
        let width = detection.samplesPerSymbol
        let hop = length / 2
        let places = Self.batch / width
        var first = 0
        while true {
            let symbols = pending.count / width - first
            guard symbols >= length else { break }
            let ready = (symbols - length) / hop + 1
            guard ready >= places || !wholeBatchesOnly else { break }
            let used = min(ready, places)
            // SAFETY: the last of `used` places begins at first + (used − 1)·hop and has `length` symbols, which the guard
            // has counted; the kernel keeps no pointer.
            pending.withUnsafeBufferPointer { samples in
                power.withUnsafeMutableBufferPointer { power in
                    guard let start = samples.baseAddress else { return }
                    cu_welch_add(kernel, start + first * width, used * width, hop, width, power.baseAddress)
                }
            }
            segments += Int64(used * width)
            first += used * hop
        }
        pending.removeFirst(min(first * width, pending.count))
    }

    /// The average of all segments so far; nil before the first whole one.
    public consuming func spectrum() -> PowerSpectrum? {
        endRun()
        guard segments > 0 else { return nil }
        // Two segments lie in each complex transform: |Z_k|² + |Z_{N−k}|² is twice the sum of their periodograms.
        let scale = 1 / (sampleRate * windowPower * Double(segments))
        let half = length / 2
        var density = [Double](repeating: 0, count: half + 1)
        for bin in 0...half {
            let both = (power[bin] + power[(length - bin) % length]) / 2
            // One-sided: what lies at negative frequencies is added, except where there is none.
            density[bin] = both * scale * (bin == 0 || bin == half ? 1 : 2)
        }
        return PowerSpectrum(density: density, binWidth: sampleRate / Double(length), segments: segments)
    }
}
