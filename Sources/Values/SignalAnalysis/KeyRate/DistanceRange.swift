/// Lengths of a fibre, km.
public struct DistanceRange: Sendable, Hashable {
    /// Where it begins.
    public let from: Double
    /// Where it ends.
    public let to: Double
    /// From one length to the next.
    public let step: Double

    /// A document of so many points is some ten megabytes, and no plot shows more.
    public static let mostSteps = 10_000.0

    /// Why a range is none.
    public enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        /// It ends before it begins, does not advance, or is not of numbers.
        case notARange(from: Double, to: Double, step: Double)
        /// The steps are too short for its length.
        case tooManySteps(step: Double)

        /// The fact in a sentence, then the next thing to try.
        public var description: String {
            switch self {
            case .notARange(let from, let to, let step):
                "from \(from) to \(to) km in steps of \(step) km is no range of lengths. Begin at 0 or beyond, end there or beyond, and advance"
            case .tooManySteps(let step):
                "a range has at most \(Int(DistanceRange.mostSteps)) steps. Take longer ones than \(step) km"
            }
        }
    }

    /// A range of finite lengths, 0 ≤ from ≤ to, step > 0.
    public init(from: Double, to: Double, step: Double) throws(Fault) {
        guard from.isFinite, to.isFinite, step.isFinite, from >= 0, to >= from, step > 0 else {
            throw .notARange(from: from, to: to, step: step)
        }
        guard (to - from) / step <= Self.mostSteps else { throw .tooManySteps(step: step) }
        self.from = from
        self.to = to
        self.step = step
    }

    /// The lengths, `to` included if a step ends there.
    public var distances: [Double] {
        let steps = Int(((to - from) / step + 1e-9).rounded(.down))
        return (0...steps).map { from + Double($0) * step }
    }
}
