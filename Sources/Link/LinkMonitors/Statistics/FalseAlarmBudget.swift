internal import QuadratureAnalysis

/// How many false alarms a year somebody is willing to answer, and over how many tests they are spread. A threshold in σ
/// that nobody has derived from such a budget either cries wolf every night or sees nothing.
public struct FalseAlarmBudget: Sendable, Hashable {
    /// On which sides of its expectation a statistic is suspicious.
    public enum Sides: String, Sendable, Hashable {
        /// Only above (or only below).
        case one
        /// Above and below.
        case two
    }

    /// Seconds of a year of 365.25 days.
    public static let secondsPerYear = 31_557_600.0

    /// False alarms per year, expected, over all tests together, of a sound link.
    public var alarmsPerYear: Double
    /// Blocks that are judged in a year.
    public var blocksPerYear: Double
    /// Tests that are made on each block.
    public var tests: Int

    /// A budget spread evenly over `blocksPerYear` × `tests`.
    public init(alarmsPerYear: Double, blocksPerYear: Double, tests: Int) {
        precondition(alarmsPerYear > 0 && blocksPerYear > 0 && tests > 0, "an empty budget has no threshold")
        self.alarmsPerYear = alarmsPerYear
        self.blocksPerYear = blocksPerYear
        self.tests = tests
    }

    /// A budget for blocks of `blockSeconds` s each, all year round.
    public init(alarmsPerYear: Double, blockSeconds: Double, tests: Int) {
        self.init(alarmsPerYear: alarmsPerYear, blocksPerYear: Self.secondsPerYear / blockSeconds, tests: tests)
    }

    /// The probability that one test on one sound block raises a false alarm. The expected number of alarms is its
    /// product with all tests, whether or not they are independent.
    public var probabilityPerTest: Double { min(0.5, alarmsPerYear / (blocksPerYear * Double(tests))) }

    /// The threshold of a normal statistic, σ.
    public func threshold(_ sides: Sides) -> Double {
        NormalDistribution.upperQuantile(tail: sides == .two ? probabilityPerTest / 2 : probabilityPerTest)
    }
}
