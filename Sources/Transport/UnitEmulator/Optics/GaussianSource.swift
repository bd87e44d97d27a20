// The standard library has no logarithm and no exponential.
import Glibc

/// Seeded normal deviates: xoshiro256++ words through a 256-layer ziggurat.
///
/// A source is keyed by *what* it draws (seed, session, stream) and by the cell of symbols that it draws for, not by
/// how much was drawn before: any cell can be made again, alone and in any order.
struct GaussianSource {
    private var generator: Xoshiro256PlusPlus
    private let ziggurat: Ziggurat

    init(_ key: StreamKey, cell: Int64, ziggurat: Ziggurat) {
        generator = Xoshiro256PlusPlus(seed: key.seed(cell: cell))
        self.ziggurat = ziggurat
    }

    /// Fills the first `count` elements with independent normal deviates of mean 0 and variance 1.
    mutating func fill(_ target: inout MutableSpan<Double>, count: Int) {
        precondition(count <= target.count)
        // Local copies keep the generator's state in registers.
        var words = generator
        let ziggurat = ziggurat
        for index in 0..<count {
            let word = words.next()
            let layer = Int(truncatingIfNeeded: word & 255)
            // Bits 0…7 choose the layer, bits 11…63 the signed abscissa: no bit serves twice.
            let abscissa = Double(Int64(bitPattern: word) &>> 11) * ziggurat.scale[layer]
            if abscissa.magnitude < ziggurat.edge[layer &+ 1] {
                target[index] = abscissa
            } else {
                target[index] = ziggurat.finish(layer: layer, abscissa: abscissa, &words)
            }
        }
        generator = words
    }
}

/// Marsaglia and Tsang's ziggurat (J. Stat. Softw. 5(8), 2000) with 256 layers, in the form of Doornik (2005), which
/// takes layer and abscissa from separate bits.
final class Ziggurat: Sendable {
    /// Where the base layer ends and the tail begins.
    static let tail = 3.654_152_885_361_008_8
    /// Area of each layer.
    static let area = 0.004_928_673_233_974_655

    /// edge[i] is the right edge of layer i, decreasing; edge[1] is the tail, edge[256] the axis.
    let edge: InlineArray<257, Double>
    /// edge[i] · 2^−52: turns a signed 53-bit word into an abscissa in ±edge[i].
    let scale: InlineArray<256, Double>

    init() {
        var edge = InlineArray<257, Double>(repeating: 0)
        edge[0] = Self.area / Self.density(Self.tail)
        edge[1] = Self.tail
        for layer in 2...255 {
            let above = Self.area / edge[layer - 1] + Self.density(edge[layer - 1])
            edge[layer] = (-2 * log(above)).squareRoot()
        }
        var scale = InlineArray<256, Double>(repeating: 0)
        for layer in 0...255 { scale[layer] = edge[layer] * 0x1p-52 }
        self.edge = edge
        self.scale = scale
    }

    /// The normal density without its constant.
    static func density(_ abscissa: Double) -> Double { exp(-0.5 * abscissa * abscissa) }

    /// The one draw in about ninety that the layer's rectangle does not settle: the wedge between two layers, the tail,
    /// or another attempt.
    @inline(never)
    func finish(layer: Int, abscissa: Double, _ words: inout Xoshiro256PlusPlus) -> Double {
        var layer = layer
        var abscissa = abscissa
        while true {
            if layer == 0 {
                let beyond = tailDeviate(&words)
                return abscissa < 0 ? -beyond : beyond
            }
            let low = Self.density(edge[layer])
            let high = Self.density(edge[layer + 1])
            if low + words.uniform() * (high - low) < Self.density(abscissa) { return abscissa }
            let word = words.next()
            layer = Int(truncatingIfNeeded: word & 255)
            abscissa = Double(Int64(bitPattern: word) &>> 11) * scale[layer]
            if abscissa.magnitude < edge[layer + 1] { return abscissa }
        }
    }

    /// A deviate beyond the base layer (Marsaglia 1964).
    private func tailDeviate(_ words: inout Xoshiro256PlusPlus) -> Double {
        while true {
            let x = -log(words.uniform()) / Self.tail
            let y = -log(words.uniform())
            if 2 * y > x * x { return Self.tail + x }
        }
    }
}

/// Blackman and Vigna's xoshiro256++ 1.0. Seeded by SplitMix64, as its authors advise.
struct Xoshiro256PlusPlus {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    init(seed: UInt64) {
        var state = seed
        a = SplitMix64.next(&state)
        b = SplitMix64.next(&state)
        c = SplitMix64.next(&state)
        d = SplitMix64.next(&state)
    }

    /// 64 random bits.
    @inline(__always)
    mutating func next() -> UInt64 {
        let sum = a &+ d
        let word = (sum &<< 23 | sum &>> 41) &+ a
        let shifted = b &<< 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = d &<< 45 | d &>> 19
        return word
    }

    /// Uniform in the open interval (0, 1), so that its logarithm is finite.
    mutating func uniform() -> Double { (Double(next() &>> 12) + 0.5) * 0x1p-52 }
}
