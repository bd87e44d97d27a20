// The standard library has no logarithm.
internal import Foundation

/// How far T of a pair's record is above what was commissioned: physics.md, section 5. A transmitter that is stronger than
/// characterised shows as a fibre that loses less, with every noise monitor quiet and the key overstated.
public struct TransmitterStrength: Sendable, Hashable, Codable {
    /// Beyond so many σ it counts as this until it is explained.
    public static let limit = 3.0

    /// Name of the record of the commissioning.
    public var reference: String
    /// T now over T then.
    public var ratio: Double
    /// Its standard uncertainty.
    public var sigma: Double

    /// (ratio − 1)/σ.
    public var significance: Double { (ratio - 1) / sigma }

    /// For a person.
    public var description: String {
        String(
            format: "T is %.2f %% (%.1f σ) above that of the commissioning (%@): the transmitter may be stronger than "
                + "characterised", (ratio - 1) * 100, significance, String(reference.prefix(12)))
    }
}

extension StoreContents {
    /// T of a record above the commissioned one by more than 3 σ, unless a person has explained it; nil otherwise.
    public func strongerTransmitter(_ later: StoredRecord) -> TransmitterStrength? {
        guard later.record.procedure == .pair, let now = ReceivedShare(later.record),
            let reference = references(for: later.record, named: later.name).first(where: {
                ReceivedShare($0.record) != nil
            }), var then = ReceivedShare(reference.record)
        else { return nil }
        if let explained = explanation(of: "loss", for: later.record, named: later.name, since: reference),
            let record = records.first(where: { $0.name == explained.change.record }),
            let share = ReceivedShare(record.record)
        {
            then = share
        }
        let (first, second) = then.comparable(with: now)
        let ratio = second.value / first.value
        let sigma = ratio * hypot(first.sigma / first.value, second.sigma / second.value)
        let found = TransmitterStrength(reference: reference.name, ratio: ratio, sigma: sigma)
        // What cannot be compared, because a number is not one, is no proof of a weaker transmitter; T itself fails then.
        return ratio > 1 && !(found.significance <= TransmitterStrength.limit) ? found : nil
    }
}

/// T of a record. What a session measures is Tη: the error of η is the same before and after, and must not hide a change.
private struct ReceivedShare {
    var value: Double
    var sigma: Double
    var efficiency: (value: Double, sigma: Double)?

    init?(_ record: CalibrationRecord) {
        guard let found = record.measurement("transmittance"), let value = found.value, let sigma = found.sigma,
            value > 0, sigma >= 0
        else { return nil }
        (self.value, self.sigma) = (value, sigma)
        if let known = record.measurement("detectorEfficiency"), let efficiency = known.value,
            PhysicalRange.efficiency.contains(efficiency)
        {
            self.efficiency = (efficiency, known.sigma ?? 0)
        }
    }

    func comparable(with other: ReceivedShare) -> (ReceivedShare, ReceivedShare) {
        guard let first = withoutEfficiency, let second = other.withoutEfficiency else { return (self, other) }
        return (first, second)
    }

    private var withoutEfficiency: ReceivedShare? {
        guard let efficiency else { return nil }
        var own = self
        let common = value * efficiency.sigma / efficiency.value
        own.value = value * efficiency.value
        own.sigma = efficiency.value * max(0, sigma * sigma - common * common).squareRoot()
        return own
    }
}
