// The standard library has no trigonometry.
import Glibc

/// The streams that reception draws from.
struct ReceptionKeys {
    let modulation: StreamKey
    let noise: StreamKey
    let phase: StreamKey
    let basis: StreamKey
    let intensity: StreamKey

    init(seed: UInt64, session: UInt64) {
        modulation = StreamKey(seed: seed, session: session, purpose: .modulation)
        noise = StreamKey(seed: seed, session: session, purpose: .noise)
        phase = StreamKey(seed: seed, session: session, purpose: .phase)
        basis = StreamKey(seed: seed, session: session, purpose: .basis)
        intensity = StreamKey(seed: seed, session: session, purpose: .intensity)
    }
}

/// Work space for one cell, on the stack. It is handed on `inout` even to readers, and indexed directly: Swift 6.3 copies
/// a borrowed `InlineArray` to make a `span` of it, which took a third of the time, and puts a `let` of its
/// `mutableSpan` on the heap.
struct CellScratch: ~Copyable {
    /// Alice's words x, p, x, p…, turned by the phase noise.
    var light = InlineArray<256, Double>(repeating: 0)
    /// Normal deviates, one per sample.
    var noise = InlineArray<256, Double>(repeating: 0)
    /// Normal deviates for the phase.
    var angle = InlineArray<128, Double>(repeating: 0)
    /// Normal deviates for local oscillator and signal, interleaved.
    var intensity = InlineArray<256, Double>(repeating: 0)
    /// Amplitude of the light relative to open shutter and nominal intensities.
    var amplitude = InlineArray<128, Double>(repeating: 0)
    /// Standard deviation of the x (or only) channel's noise, LSB.
    var noiseX = InlineArray<128, Double>(repeating: 0)
    /// Standard deviation of the p channel's noise, LSB.
    var noiseP = InlineArray<128, Double>(repeating: 0)
    /// Whether there is light.
    var isLit = false
}

extension CellScratch {
    /// Turns the light of each symbol by `deviation` · angle. Below 0.7 rad a Taylor polynomial is good to 1e-8, which is
    /// far below a converter step, and saves the calls to libm.
    mutating func rotate(deviation: Double, symbols: Int) {
        for symbol in 0..<symbols {
            let turn = deviation * angle[symbol]
            let square = turn * turn
            var cosine = 1 - square * (1 / 2 - square * (1 / 24 - square * (1 / 720 - square / 40_320)))
            var sine = turn * (1 - square * (1 / 6 - square * (1 / 120 - square * (1 / 5_040 - square / 362_880))))
            if square > 0.49 {
                cosine = cos(turn)
                sine = sin(turn)
            }
            let (x, p) = (light[2 &* symbol], light[2 &* symbol &+ 1])
            light[2 &* symbol] = x * cosine - p * sine
            light[2 &* symbol &+ 1] = x * sine + p * cosine
        }
    }
}

/// From Alice's words to Bob's mean values: the 2×2 matrix of rotation, gain and imbalance, and the converter.
struct ReceiverMixing {
    private let xx: Double
    private let xp: Double
    private let px: Double
    private let pp: Double
    private let offsetX: Double
    private let offsetP: Double
    private let limit: Double
    /// Of both channels at open shutter, LSB.
    private let displacement: Double

    init(_ link: OpticalLink, _ now: ReceiverConditions) {
        let model = link.model
        let gain = (now.gain * now.transmission * now.modulation).squareRoot() * model.sampleScale
        xx = gain * link.imbalance.gainX * link.cosine
        xp = -gain * link.imbalance.gainX * link.sine
        // Im(e^{iθ} a) measured at 90° + angle is Im(e^{i(θ − angle)} a).
        px = gain * link.imbalance.gainP * link.skewedSine
        pp = gain * link.imbalance.gainP * link.skewedCosine
        offsetX = model.offsetX
        offsetP = model.offsetP
        limit = model.converterLimit
        displacement = now.displacement
    }

    /// Both quadratures of a cell's symbols.
    func write(_ cell: Cell, _ scratch: inout CellScratch, to samples: inout MutableSpan<Int16>) {
        let lit = scratch.isLit ? 1.0 : 0.0
        for step in 0..<cell.range.count {
            let symbol = cell.range.lowerBound &+ step
            let amplitude = lit * scratch.amplitude[symbol]
            let (a, b) = (amplitude * scratch.light[2 &* symbol], amplitude * scratch.light[2 &* symbol &+ 1])
            let x =
                xx * a + xp * b + scratch.noiseX[symbol] * scratch.noise[2 &* symbol] + offsetX
                + displacement * scratch.amplitude[symbol]
            let p =
                px * a + pp * b + scratch.noiseP[symbol] * scratch.noise[2 &* symbol &+ 1] + offsetP
                + displacement * scratch.amplitude[symbol]
            let target = 2 &* (cell.position &+ step)
            samples[target] = Int16(truncatingIfNeeded: Rounding.integer(Rounding.clip(x, limit)))
            samples[target &+ 1] = Int16(truncatingIfNeeded: Rounding.integer(Rounding.clip(p, limit)))
        }
    }

    /// One quadrature of each of a cell's symbols, chosen by Bob's random bits.
    func write(
        _ cell: Cell, _ scratch: inout CellScratch, basis choice: BasisChoice, to samples: inout MutableSpan<Int16>,
        _ basis: inout MutableSpan<UInt8>
    ) {
        let lit = scratch.isLit ? 1.0 : 0.0
        // The byte in hand may already hold bits of the cell before.
        var byte = basis[cell.position &>> 3]
        for step in 0..<cell.range.count {
            let symbol = cell.range.lowerBound &+ step
            let bit = choice.bits[symbol &>> 6] &>> UInt64(truncatingIfNeeded: symbol & 63) & 1
            // Weights instead of a branch, which would be mispredicted every other time.
            let (inX, inP) = (Double(1 &- Int64(bit)), Double(Int64(bit)))
            let amplitude = lit * scratch.amplitude[symbol]
            let (a, b) = (amplitude * scratch.light[2 &* symbol], amplitude * scratch.light[2 &* symbol &+ 1])
            let mean = (inX * xx + inP * px) * a + (inX * xp + inP * pp) * b
            let target = cell.position &+ step
            let value =
                mean + scratch.noiseX[symbol] * scratch.noise[symbol] + offsetX
                + displacement * scratch.amplitude[symbol]
            samples[target] = Int16(truncatingIfNeeded: Rounding.integer(Rounding.clip(value, limit)))
            byte |= UInt8(truncatingIfNeeded: bit &<< UInt64(truncatingIfNeeded: target & 7))
            if target & 7 == 7 || step == cell.range.count &- 1 {
                basis[target &>> 3] = byte
                byte = 0
            }
        }
    }
}
