/// Causes of a standard uncertainty and what each contributes, as in the Guide to the Expression of Uncertainty in
/// Measurement: contributions are independent and add up in squares.
public struct UncertaintyBudget: Sendable, Hashable {
    /// How a contribution was evaluated.
    public enum Evaluation: String, Sendable, Hashable, CaseIterable {
        /// From the scatter of samples.
        case statistical = "A"
        /// From other knowledge: a certificate, another instrument.
        case other = "B"
    }

    /// What contributes.
    public enum Cause: String, Sendable, Hashable, CaseIterable {
        /// σ(S²): the residual of Bob's data.
        case signalSamples = "signal samples"
        /// σ(|g|²): the gain.
        case gain
        /// σ(V_on).
        case vacuumSamples = "vacuum samples"
        /// σ(V_off).
        case darkSamples = "dark samples"
        /// σ(η).
        case efficiency
        /// σ of Alice's scale, as V_A.
        case modulationVariance = "modulation variance"

        /// How it is evaluated.
        public var evaluation: Evaluation {
            switch self {
            case .signalSamples, .gain, .vacuumSamples, .darkSamples: .statistical
            case .efficiency, .modulationVariance: .other
            }
        }
    }

    /// One contribution.
    public struct Line: Sendable, Hashable {
        /// What contributes.
        public var cause: Cause
        /// Its standard uncertainty of the result, in the result's unit, ≥ 0.
        public var sigma: Double
    }

    /// Contributions to σ(T).
    public var transmittance: [Line]
    /// Contributions to σ(ξ_in), SNU.
    public var excessNoise: [Line]
    /// Contributions to σ(v_el), SNU.
    public var electronicNoise: [Line]

    /// All lines, each with the name of its result.
    public var named: [(quantity: String, line: Line)] {
        let parts = [
            ("transmittance", transmittance), ("excessNoise", excessNoise), ("electronicNoise", electronicNoise),
        ]
        return parts.flatMap { name, lines in lines.map { (name, $0) } }
    }

    /// The root of the sum of squares.
    static func total(_ lines: [Line]) -> Double {
        lines.reduce(0) { $0 + $1.sigma * $1.sigma }.squareRoot()
    }

    static func lines(_ contributions: KeyValuePairs<Cause, Double>) -> [Line] {
        contributions.map { Line(cause: $0.key, sigma: $0.value.magnitude) }
    }
}
