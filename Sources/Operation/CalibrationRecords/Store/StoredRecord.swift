/// A record of the store whose own bytes and signature are right.
public struct StoredRecord: Sendable, Hashable {
    /// SHA-256 of its bytes, its name.
    public var name: String
    /// What it says.
    public var record: CalibrationRecord
    /// Who signed it.
    public var signer: Signer
    /// The two lines.
    public var envelope: Envelope

    /// The first 12 digits of the name: enough for people.
    public var shortName: String { String(name.prefix(12)) }

    /// Serial number of the unit whose chain it is in.
    public var chain: String { record.units[0].serial }

    /// Whether the unit is one of those concerned.
    public func concerns(_ serial: String) -> Bool { record.units.contains { $0.serial == serial } }

    /// Whether it came later in the same chain, which counts records even where a clock was set back.
    func isNewer(than other: StoredRecord) -> Bool {
        (record.sequence, record.ended, name) > (other.record.sequence, other.record.ended, other.name)
    }
}
