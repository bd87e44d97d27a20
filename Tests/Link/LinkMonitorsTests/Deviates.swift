import Glibc
import LinkMonitors
import QuadratureAnalysis

/// A deterministic stream of deviates for the tests of values: normal ones after Box and Muller on SplitMix64 (sums of
/// twelve uniforms have no tail), χ² after Marsaglia and Tsang (2000), which is exact. Variances must not be drawn from
/// the transformation that is tested.
struct Deviates {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return (Double((z ^ z >> 31) >> 12) + 0.5) * 0x1p-52
    }

    mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }

    /// χ² with `freedom` ≥ 2 degrees of freedom.
    mutating func chiSquared(_ freedom: Double) -> Double {
        let d = freedom / 2 - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = next()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(uniform()) < x * x / 2 + d - d * v + d * log(v) { return 2 * d * v }
        }
    }

    /// Sums of `count` Gaussian samples per channel: Σ and Σ² from their own distributions.
    mutating func sums(_ count: Int64, variance: Double, channels: Int = 2) -> ReceiverMoments {
        var moments = ReceiverMoments()
        for channel in 0..<channels {
            let n = Double(count)
            let mean = (variance / n).squareRoot() * next()
            let squares = variance * chiSquared(n - 1) + n * mean * mean
            var one = QuadratureMoments()
            one.add(
                samples: count, sum: Int64((mean * n).rounded()), sumOfSquares: Int64(squares.rounded()), clipped: 0)
            if channel == 0 { moments.x = one } else { moments.p = one }
        }
        return moments
    }
}
