// The standard library has no logarithm.
import Glibc

/// How strongly what Bob measured follows what Alice sent, when it does not stand out.
public struct StreamCorrelation: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Correlation coefficient of Bob's quadratures with Alice's, at the best of all delays that were tried, 0 to 1.
    public var coefficient: Double
    /// One standard deviation of it for unrelated data: 1/√n for n pairs of quadratures.
    public var sigma: Double
    /// Symbols that were compared.
    public var symbols: Int64
    /// By how many σ it would have to stand out.
    public var needed: Double
    /// By how many σ the streams correlate if the sign of one of Alice's quadratures is turned; nil if they do not, or nobody
    /// looked. That is what x and p exchanged look like, a basis that is called the other one, and one inverted sign.
    public var mirrored: Double?
    /// The coefficient of what correlated last; nil if nothing ever did.
    public var before: Double?

    /// A correlation.
    public init(
        coefficient: Double, sigma: Double, symbols: Int64, needed: Double, mirrored: Double? = nil,
        before: Double? = nil
    ) {
        self.coefficient = coefficient
        self.sigma = sigma
        self.symbols = symbols
        self.needed = needed
        self.mirrored = mirrored
        self.before = before
    }

    /// Of a height in σ over so many symbols.
    public init(
        significance: Double, symbols: Int64, detection: Detection, needed: Double, mirrored: Double? = nil,
        before: Double? = nil
    ) {
        let sigma = 1 / Double(max(1, symbols) * Int64(detection.samplesPerSymbol)).squareRoot()
        self.init(
            coefficient: Self.coefficient(significance * sigma), sigma: sigma, symbols: symbols, needed: needed,
            mirrored: mirrored, before: before)
    }

    /// The coefficient of a gain that stands out by so many of its own standard deviations, times their 1/√n.
    public static func coefficient(_ ratio: Double) -> Double { ratio / (1 + ratio * ratio).squareRoot() }

    /// Height in σ.
    public var significance: Double { coefficient / sigma }

    /// Whether these can be a correlation: whoever decodes foreign ones asks.
    public var isPlausible: Bool {
        ([coefficient, sigma, needed] + [mirrored, before].compactMap(\.self)).allSatisfy(\.isFinite)
            && sigma > 0 && coefficient >= 0 && symbols >= 0 && symbols < 1 << 62
    }

    /// The coefficient and its σ, and how far that is from standing out.
    public var description: String {
        "correlation \(Self.text(coefficient, sigma)) ± \(Self.text(sigma, sigma)) over \(symbols) symbols "
            + "(\(Self.text(significance, 1)) σ, \(Self.text(needed, 1)) needed)"
            + (before.map { ", \(Self.text($0, sigma)) before" } ?? "")
    }

    /// What it points to, in a sentence.
    public var meaning: String {
        if let mirrored {
            return
                "With the sign of one quadrature turned they do, by \(Self.text(mirrored, 1)) σ: x and p are exchanged, a "
                + "basis is called the other one, or one sign is inverted, at either unit"
        }
        return before == nil
            ? "Either the units count different symbols, or Bob does not measure Alice's light, or more of it is lost than so "
                + "many symbols can show"
            : "Either the units count different symbols now, or Alice's light does not reach Bob any more"
    }

    /// Two digits of the error's last place.
    private static func text(_ value: Double, _ error: Double) -> String {
        guard value.isFinite, error > 0 else { return "\(value)" }
        let digits = max(0, min(9, 1 - Int(log10(error).rounded(.down))))
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}
