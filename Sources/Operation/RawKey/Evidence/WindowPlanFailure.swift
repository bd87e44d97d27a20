internal import Foundation
public import QuadratureAnalysis

/// Each of these alone would do.
public struct WindowRemedies: Sendable, Hashable, CustomStringConvertible {
    /// Share of vacuum slots; nil if even half of them would not do.
    public var vacuumFraction: Double?
    /// Share of ξ_null that may be hidden; nil if even all of it would not do.
    public var nullKeyShare: Double?
    /// Hz; nil if the rate does not matter.
    public var symbolRate: Double?

    /// As a list.
    public var description: String {
        var list: [String] = []
        if let vacuumFraction { list.append(String(format: "a vacuum share of %.3g", vacuumFraction)) }
        if let nullKeyShare { list.append(String(format: "a bound of %.3g of the null-key noise", nullKeyShare)) }
        if let symbolRate { list.append(String(format: "%.3g symbols/s", symbolRate)) }
        list.append("or a fibre that loses less")
        return list.joined(separator: ", ")
    }
}

/// Why no window can be planned.
public enum WindowPlanFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// A number that cannot be one. Correct it.
    case number(name: String, value: Double)
    /// The receiver, the channel or the bound cannot be planned with.
    case planning(PlanningFailure)
    /// No key at this loss, whatever the vacuum says. A fibre that loses less, or larger blocks.
    case noKey(loss: Decibels)
    /// A window would take too long. Each of the remedies alone would do.
    case takesTooLong(seconds: Double, most: Double, WindowRemedies)
    /// A window would hold too much raw key.
    case tooManyBytes(bytes: UInt64, most: UInt64, WindowRemedies)
    /// A window would have too many cells. Take larger ones.
    case tooManyCells(count: Double, symbolsPerCell: UInt64)

    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .number(let name, let value): "the \(name) of an evidence window cannot be \(value)"
        case .planning(let failure): failure.description
        case .noKey(let loss):
            String(format: "at %.2f dB there is no key even without excess noise, and nothing to prove", loss.value)
        case .takesTooLong(let seconds, let most, let remedies):
            String(format: "an evidence window would take %.3g s, and at most %.3g are allowed", seconds, most)
                + ". What would do: \(remedies)"
        case .tooManyBytes(let bytes, let most, let remedies):
            String(
                format: "an evidence window would hold %.3g MB of raw key at an end, and at most %.3g are allowed",
                Double(bytes) / 1e6, Double(most) / 1e6) + ". What would do: \(remedies)"
        case .tooManyCells(let count, let symbols):
            String(
                format: "an evidence window would have %.3g blocks of %d symbols: take larger ones", count, Int(symbols)
            )
        }
    }
}
