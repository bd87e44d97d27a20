public import CalibrationRecords

/// Why a calibration is due, with what shows it.
public struct RecalibrationReason: Codable, Sendable, Hashable {
    /// What happened.
    public var cause: Cause
    /// Serial number of the unit concerned.
    public var unit: String
    /// The calibration to repeat.
    public var procedure: CalibrationRecord.Procedure
    /// Name of the record that no longer holds; nil if there is none.
    public var record: String?
    /// What was compared with what, for a person.
    public var evidence: String

    /// What makes a calibration due.
    public enum Cause: String, Codable, Sendable, Hashable, CaseIterable {
        /// There is no record.
        case never
        /// The newest record failed, or is the only one and was broken off.
        case failed
        /// The record has expired.
        case time
        /// This machine's clock shows a time before the record's end. The clock is to be set first: no calibration mends it.
        case clock
        /// A temperature has left the record's window.
        case temperature
        /// The local oscillator's power has left the record's window.
        case localOscillator
        /// Somebody worked on the unit since.
        case maintenance
        /// The firmware is another one.
        case firmware
        /// The channel's loss is another one.
        case loss
        /// Another quantity has left the record's window.
        case conditions
        /// A quantity that the record depends on cannot be read, or is stale: nothing can be said, so it counts.
        case unknown
        /// The unit speaks another protocol.
        case schema = "protocol"
        /// The record's signer is not trusted here.
        case untrusted
        /// The record was made without optics, and a unit has some, or the other way round.
        case emulated
        /// The chain is damaged at the record or after it: a new calibration is the way out.
        case chain
        /// The store is damaged: what is damaged may have been a newer record. Somebody has to look at it and set it aside.
        case damagedFile
        /// Something has changed by more than 3 σ since the commissioning, and nobody has explained it.
        case changed
        /// T is above the commissioned one by more than 3 σ: Alice may send more than she was characterised for.
        case transmitterStronger
        /// The record states times that cannot be: a life of centuries, an end before its beginning.
        case implausible
    }

    /// A reason.
    public init(
        cause: Cause, unit: String, procedure: CalibrationRecord.Procedure, record: String?, evidence: String
    ) {
        self.cause = cause
        self.unit = unit
        self.procedure = procedure
        self.record = record
        self.evidence = evidence
    }
}

/// A record with its name in the store.
public struct NamedRecord: Sendable, Hashable {
    /// SHA-256 of the bytes as stored.
    public var name: String
    /// The record.
    public var record: CalibrationRecord

    /// A record.
    public init(name: String, record: CalibrationRecord) {
        self.name = name
        self.record = record
    }
}
