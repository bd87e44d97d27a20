public import CalibrationRecords
public import Foundation

/// V_A as Alice's own calibration left it. That record verifies the scale of her words as a ratio (docs/calibration.md): the
/// value stays what her unit states, and this is how well it is known.
public struct CalibratedModulation: Sendable, Hashable {
    /// σ(V_A)/V_A.
    public var relativeSigma: Double
    /// Name of her record.
    public var record: String

    /// A modulation variance's uncertainty. Nil for one that is not a number: it must not pass as an exact one.
    public init?(relativeSigma: Double, record: String) {
        guard relativeSigma >= 0, relativeSigma.isFinite else { return nil }
        self.relativeSigma = relativeSigma
        self.record = record
    }

    /// What the newest record of this transmitter says that proves something. Nil if it does not hold
    /// (`StoreContents.verdict`): an older one does not come in its place.
    public init?(of alice: UnitConditions, in contents: StoreContents, for use: RecordUse, now: Date) {
        guard let found = contents.latest(.alice, of: [alice.serial]),
            contents.verdict(on: found, for: use, units: [alice], now: now).holds,
            let variance = found.record.measurement("modulationVariance"), let value = variance.value, value > 0,
            let sigma = variance.sigma
        else { return nil }
        self.init(relativeSigma: sigma / value, record: found.name)
    }
}
