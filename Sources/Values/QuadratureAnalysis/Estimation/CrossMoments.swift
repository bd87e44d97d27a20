/// Exact sums over triples (x, p, y): Alice's pair and one quadrature that Bob measured. Good for 2^33 triples of full
/// scale, like `QuadratureMoments`.
struct CrossMoments: Sendable, Hashable, Codable {
    var count: Int64 = 0
    var x: Int64 = 0
    var p: Int64 = 0
    var y: Int64 = 0
    var xx: Int64 = 0
    var xp: Int64 = 0
    var pp: Int64 = 0
    var xy: Int64 = 0
    var py: Int64 = 0
    var yy: Int64 = 0

    mutating func merge(_ other: CrossMoments) {
        count &+= other.count
        x &+= other.x
        p &+= other.p
        y &+= other.y
        xx &+= other.xx
        xp &+= other.xp
        pp &+= other.pp
        xy &+= other.xy
        py &+= other.py
        yy &+= other.yy
    }

    /// Whether these can be sums over int16 samples: then no arithmetic on them overflows, and no variance is negative.
    var isPlausible: Bool {
        guard (0...1 << 33).contains(count) else { return false }
        guard [x, p, y].allSatisfy({ $0.magnitude <= UInt64(count) << 15 }),
            [xx, xp, pp, xy, py, yy].allSatisfy({ $0.magnitude <= UInt64(count) << 30 }), min(xx, pp, yy) >= 0
        else { return false }
        // Cauchy and Schwarz, each pair of sums.
        func bears(_ product: Int64, _ first: Int64, _ second: Int64) -> Bool {
            Int128(product) * Int128(product) <= Int128(first) * Int128(second)
        }
        return bears(x, count, xx) && bears(p, count, pp) && bears(y, count, yy)
            && bears(xp, xx, pp) && bears(xy, xx, yy) && bears(py, pp, yy)
    }

    /// The sums about the means, as least squares with an intercept wants them. Subtracting in integers first loses
    /// nothing, however large the offsets.
    var centred: CentredMoments {
        func about(_ product: Int64, _ a: Int64, _ b: Int64) -> Double {
            Double(Int128(count) * Int128(product) - Int128(a) * Int128(b)) / Double(count)
        }
        return CentredMoments(
            xx: about(xx, x, x), xp: about(xp, x, p), pp: about(pp, p, p),
            xy: about(xy, x, y), py: about(py, p, y), yy: about(yy, y, y))
    }
}

/// Sums of products about the means, LSB².
struct CentredMoments: Sendable {
    var xx: Double
    var xp: Double
    var pp: Double
    var xy: Double
    var py: Double
    var yy: Double

    /// Determinant of the 2×2 design matrix.
    var determinant: Double { xx * pp - xp * xp }

    /// Least squares of y on (x, p, 1).
    var coefficients: (x: Double, p: Double) {
        ((pp * xy - xp * py) / determinant, (xx * py - xp * xy) / determinant)
    }

    /// Σ of the squared residuals about the slopes of another fit, with the intercept that suits them best.
    func residual(about slopes: (x: Double, p: Double)) -> Double {
        yy - 2 * (slopes.x * xy + slopes.p * py)
            + slopes.x * slopes.x * xx + 2 * slopes.x * slopes.p * xp + slopes.p * slopes.p * pp
    }
}
