public import Calibration
internal import CalibrationRecords
public import Foundation
internal import LinkOperation

/// One record that a session rests on, and who has signed it.
public struct EvidenceDocument: Codable, Sendable, Hashable {
    /// `bob`, `alice`, `pair`, `factory`, `commissioning`, `explanation`, `setAside`.
    public var part: String
    /// SHA-256 of its bytes.
    public var record: String
    /// Serial numbers.
    public var units: [String]
    /// When it was finished.
    public var ended: Date
    /// Absent if it does not say how long it holds.
    public var expires: Date?
    /// Whether a unit had no optics behind it.
    public var emulated: Bool
    /// Name of the station, as the record has it.
    public var station: String
    /// Who that is, as far as this store knows.
    public var signer: String
    /// `own` (the station of this store itself), `trusted` (added to this store by a person), `pinned` (by the installation's
    /// configuration), or `none`.
    public var trust: String
    /// Of the key that signed it.
    public var fingerprint: String
    /// Folder of the store that it was read from.
    public var store: String
    /// What a reader should know of it.
    public var remarks: [String]

    init(_ part: SessionEvidence.Part, _ stored: StoredRecord, store: String) {
        self.part = part.rawValue
        record = stored.name
        units = stored.record.units.map(\.serial)
        ended = stored.record.ended
        expires = stored.record.validity?.expires
        emulated = stored.record.isEmulated
        station = stored.record.station
        signer = stored.signer.description
        trust =
            switch stored.signer {
            case .thisStation: "own"
            case .station: "trusted"
            case .pinned: "pinned"
            case .notPinned, .factory, .revoked, .unknown: "none"
            }
        fingerprint = stored.envelope.signature.publicKey.fingerprint
        self.store = store
        remarks = stored.qualifications.map(\.description)
    }
}

/// A change since the commissioning.
public struct ChangeDocument: Codable, Sendable, Hashable {
    /// `loss`, `vacuumPerPower`, …
    public var quantity: String
    /// Value then.
    public var before: Double
    /// Value now.
    public var now: Double
    /// SI unit of both.
    public var unit: String
    /// Difference, or now/before − 1.
    public var change: Double
    /// One standard deviation of it.
    public var sigma: Double?
    /// change/σ.
    public var significance: Double?
    /// Record with the new value.
    public var record: String?
    /// Record that it is compared with.
    public var reference: String
    /// Who has explained it and how; absent if nobody has.
    public var explanation: ChangeSinceCommissioning.Explanation?
    /// The sentence.
    public var text: String

    /// The document of a change.
    public init(_ found: ChangeSinceCommissioning) {
        quantity = found.difference.quantity
        before = found.difference.before
        now = found.difference.now
        unit = found.difference.unit
        change = found.difference.change
        sigma = found.difference.sigma?.finite
        significance = found.difference.significance?.finite
        record = found.record
        reference = found.reference
        explanation = found.explanation
        text = found.sentence
    }
}
