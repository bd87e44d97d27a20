/// A weighted least-squares fit of y = c₀ + c₁x + c₂x² + … with the covariance of its coefficients, which holds for points
/// whose σ are known (it is not scaled by χ²).
public struct PolynomialFit: Sendable, Hashable {
    /// c₀, c₁ ….
    public let coefficients: [Double]
    /// Of the coefficients, row by row.
    public let covariance: [[Double]]
    /// Σ((y − fit)/σ)².
    public let chiSquared: Double
    /// Points less coefficients.
    public let degreesOfFreedom: Int
    /// 1 − Σ(y − fit)²/Σ(y − ȳ)², both weighted; 1 for values that are all equal, of which a level line explains all.
    public let determination: Double

    /// A fit of `degree` ≥ 1 to points (x, y) with standard deviations `sigma` of y.
    ///
    /// Throws `.tooFew` for fewer points than coefficients, `.indistinct` if they do not tell them apart, `.notFinite` if a σ
    /// is not positive or any value is not a number.
    public init(degree: Int, x: [Double], y: [Double], sigma: [Double]) throws(Degeneracy) {
        let size = degree + 1
        precondition(y.count == x.count && sigma.count == x.count, "a value and a σ for each place")
        guard x.count >= size else { throw .tooFew(have: Int64(x.count), need: Int64(size)) }
        guard sigma.allSatisfy({ $0 > 0 && $0.isFinite }), (x + y).allSatisfy(\.isFinite) else { throw .notFinite }
        // Abscissae near 1, else the normal equations of powers in watts lose all digits.
        let scale = x.map(abs).max() ?? 1
        guard scale > 0 else { throw .indistinct }
        var rows = [[Double]](repeating: [Double](repeating: 0, count: 2 * size), count: size)
        var right = [Double](repeating: 0, count: size)
        for (index, value) in x.enumerated() {
            let weight = 1 / (sigma[index] * sigma[index])
            let powers = (0..<size).reduce(into: [Double]()) { $0.append($1 == 0 ? 1 : ($0.last ?? 1) * value / scale) }
            for i in 0..<size {
                right[i] += weight * powers[i] * y[index]
                for j in 0..<size { rows[i][j] += weight * powers[i] * powers[j] }
            }
        }
        for i in 0..<size { rows[i][size + i] = 1 }
        for pivot in 0..<size {
            guard let best = (pivot..<size).max(by: { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) }),
                abs(rows[best][pivot]) > 1e-12 * abs(rows[0][0])
            else { throw .indistinct }
            rows.swapAt(pivot, best)
            let head = rows[pivot][pivot]
            for column in 0..<(2 * size) { rows[pivot][column] /= head }
            for other in 0..<size where other != pivot {
                let factor = rows[other][pivot]
                for column in 0..<(2 * size) { rows[other][column] -= factor * rows[pivot][column] }
            }
        }
        let inverse = rows.map { Array($0[size...]) }
        let scales = (0..<size).reduce(into: [Double]()) { $0.append($1 == 0 ? 1 : ($0.last ?? 1) * scale) }
        coefficients = (0..<size).map { i in
            (0..<size).reduce(0) { $0 + inverse[i][$1] * right[$1] } / scales[i]
        }
        covariance = (0..<size).map { i in (0..<size).map { inverse[i][$0] / (scales[i] * scales[$0]) } }
        let weights = sigma.map { 1 / ($0 * $0) }
        let mean = zip(weights, y).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
        let found = coefficients
        let residual = x.indices.reduce(0.0) { sum, index in
            let difference = y[index] - Self.value(found, x[index])
            return sum + weights[index] * difference * difference
        }
        let total = x.indices.reduce(0.0) { $0 + weights[$1] * (y[$1] - mean) * (y[$1] - mean) }
        chiSquared = residual
        degreesOfFreedom = x.count - size
        determination = total > 0 ? 1 - residual / total : 1
    }

    /// The fit at `x`.
    public func value(at x: Double) -> Double { Self.value(coefficients, x) }

    /// Standard uncertainty of a coefficient.
    public func sigma(_ index: Int) -> Double { max(0, covariance[index][index]).squareRoot() }

    private static func value(_ coefficients: [Double], _ x: Double) -> Double {
        coefficients.reversed().reduce(0) { $0 * x + $1 }
    }
}
