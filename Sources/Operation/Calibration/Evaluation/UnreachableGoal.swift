internal import Foundation

/// Why a plan cannot show what it is made for, and what would do: known before the minutes are spent.
public struct UnreachableGoal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What keeps it from being reached.
    public enum Obstacle: Sendable, Hashable {
        /// Even without excess noise the bound on it, ξ_max, would not lie below the one at which key ends, ξ_null, SNU.
        case noMargin(worst: Double, null: Double)
        /// ξ is to be known so badly that its bound alone exceeds ξ_null, SNU.
        case vagueTarget(sigma: Double, null: Double)
        /// There is no key at this loss, however long the session.
        case noKey
        /// It would take longer than its result holds, s.
        case tooLong(seconds: Double, longest: Double)
        /// The training of an interval does not show the delay.
        case tooShort(seconds: Double)
    }

    /// What keeps it from being reached.
    public var obstacle: Obstacle
    /// Loss that was planned for, dB; nil if the plan knows none.
    public var loss: Double?
    /// N of the key rate that was planned for; nil if it is the asymptotic one.
    public var blockSize: Int64?
    /// σ(ξ_in) that would do, SNU.
    public var sigma: Double?
    /// Symbols of the session, or vacuum samples per quadrature, that would do; nil if no number does.
    public var samples: UInt64?
    /// How long that takes, s.
    public var seconds: Double?

    /// A goal that is not reached.
    public init(
        obstacle: Obstacle, loss: Double? = nil, blockSize: Int64? = nil, sigma: Double? = nil, samples: UInt64? = nil,
        seconds: Double? = nil
    ) {
        self.obstacle = obstacle
        self.loss = loss
        self.blockSize = blockSize
        self.sigma = sigma
        self.samples = samples
        self.seconds = seconds
    }

    /// One or two sentences for a person.
    public var description: String {
        let place = loss.map { " at \(FibreMeasurement.text($0)) dB" } ?? ""
        let block = blockSize.map { " for a block of \(Self.count(Double($0)))" } ?? ""
        let what: String
        switch obstacle {
        case .noMargin(let worst, let null):
            what =
                "so few symbols show no margin\(place): ξ_max would be \(Self.digits(worst)) SNU without any excess noise, and key ends at "
                + "\(Self.digits(null)) SNU\(block)"
        case .vagueTarget(let sigma, let null):
            what = "σ(ξ) of \(Self.digits(sigma)) SNU shows no margin\(place): key ends at \(Self.digits(null)) SNU"
        case .noKey: what = "there is no key\(place)\(block), however long the session"
        case .tooLong(let seconds, let longest):
            what =
                "it would take \(Self.time(seconds)), and what it finds holds for \(Self.time(longest)) at most"
        case .tooShort(let seconds):
            what = "the training of \(Self.time(seconds)) does not show the delay\(place)"
        }
        return what + remedy
    }

    private var remedy: String {
        let parts = [
            sigma.map { "σ(ξ) of \(Self.digits($0)) SNU" }, samples.map { "\(Self.count(Double($0))) samples" },
            seconds.map { Self.time($0) },
        ].compactMap { $0 }
        return parts.isEmpty ? "" : "; \(parts.joined(separator: ", ")) would do"
    }

    private static func digits(_ value: Double) -> String { String(format: "%.2g", value) }
    private static func count(_ value: Double) -> String {
        value < 1e4 ? String(format: "%.0f", value) : String(format: "%.3g", value)
    }

    /// As people say it.
    static func time(_ seconds: Double) -> String {
        let (size, unit): (Double, String) =
            switch seconds {
            case ..<120: (1, "s")
            case ..<7_200: (60, "min")
            case ..<172_800: (3_600, "h")
            case ..<6.3e7: (86_400, "days")
            default: (31_557_600, "years")
            }
        return String(format: "%.3g %@", seconds / size, unit)
    }
}

extension Procedure {
    /// Refuses a plan that takes longer than what it finds holds.
    func withinItsLife() throws(CalibrationFailure) -> Self {
        let longest = StabilityEvaluation.longestLife
        guard seconds <= longest else {
            throw .unreachable(
                UnreachableGoal(obstacle: .tooLong(seconds: seconds, longest: longest)))
        }
        return self
    }
}
