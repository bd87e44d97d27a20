internal import LinkOperation
public import SignalRecordings
public import UnitControl
public import UnitProtocol

/// A unit's noise that was recorded.
public struct RecordDocument: Codable, Sendable, Hashable {
    /// Its files, without what follows the name.
    public var file: String
    /// `electronic_noise`, `vacuum` or `capture`.
    public var kind: String
    /// Serial number.
    public var unitSerial: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// Symbols in it.
    public var symbols: Int64
    /// Captures that it consists of.
    public var segments: Int
    /// Symbols per second.
    public var symbolRate: Double?
    /// Of the samples' bytes.
    public var sha512: String?
    /// `samples` or `interruption`.
    public var endedBy: String

    /// The document of a recording that was written.
    public init(
        file: String, kind: RecordingKind, _ identity: UnitIdentity, symbols: Int64, _ written: RecordingMetadata,
        isInterrupted: Bool
    ) {
        self.file = file
        self.kind = kind.rawValue
        unitSerial = identity.serial
        emulated = identity.isEmulated
        self.symbols = symbols
        segments = written.segments.count
        symbolRate = written.symbolRate
        sha512 = written.sha512
        endedBy = isInterrupted ? "interruption" : "samples"
    }
}

/// A session of a pair that was recorded.
public struct PairRecordDocument: Codable, Sendable, Hashable {
    /// Where its files are.
    public var folder: String
    /// Serial number.
    public var alice: String
    /// Serial number.
    public var bob: String
    /// Whether no optics are behind a unit.
    public var emulated: Bool
    /// Sixteen hexadecimal digits.
    public var session: String
    /// `calibration` or `test`.
    public var purpose: String
    /// `homodyne` or `heterodyne`.
    public var detection: String
    /// Training symbols, which both sides know.
    public var symbols: Int64 = 0
    /// Vacuum symbols.
    public var vacuumSymbols: Int64 = 0
    /// Symbols that are declared lost.
    public var lostSymbols: UInt64 = 0
    /// Symbols; absent if it was not found.
    public var delay: Int?
    /// `limit` or `interruption`.
    public var endedBy = "limit"
    /// The command line that estimates the channel from these files.
    public var estimate: String

    /// The document of a session whose symbols are not counted yet.
    public init(
        folder: String, alice: UnitIdentity, bob: UnitIdentity, session: UInt64, purpose: SessionPurpose,
        detection: Detection, estimate: String
    ) {
        self.folder = folder
        (self.alice, self.bob) = (alice.serial, bob.serial)
        emulated = alice.isEmulated || bob.isEmulated
        self.session = RunningSession.name(of: session)
        self.purpose = purpose.word
        self.detection = detection == .homodyne ? "homodyne" : "heterodyne"
        self.estimate = estimate
    }
}
