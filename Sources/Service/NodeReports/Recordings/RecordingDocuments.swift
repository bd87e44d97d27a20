internal import LinkControl
internal import LinkOperation
internal import SignalRecordings
internal import UnitControl
internal import UnitProtocol
public import UnitRecordings

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
    public init(_ outcome: UnitRecording.Outcome) {
        file = outcome.file
        kind = outcome.kind.rawValue
        unitSerial = outcome.identity.serial
        emulated = outcome.identity.isEmulated
        symbols = outcome.symbols
        segments = outcome.metadata.segments.count
        symbolRate = outcome.metadata.symbolRate
        sha512 = outcome.metadata.sha512
        endedBy = outcome.isInterrupted ? "interruption" : "samples"
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
    public var symbols: Int64
    /// Vacuum symbols.
    public var vacuumSymbols: Int64
    /// Symbols that are declared lost.
    public var lostSymbols: UInt64
    /// Symbols; absent if it was not found.
    public var delay: Int?
    /// `limit` or `interruption`.
    public var endedBy: String
    /// The command line that estimates the channel from these files.
    public var estimate: String

    /// The document of a session that was recorded into a folder. `estimate` is the command line that reads it.
    public init(_ outcome: PairRecording.Outcome, folder: String, estimate: String) {
        self.folder = folder
        let (first, second) = outcome.units
        (alice, bob) = (first.serial, second.serial)
        emulated = first.isEmulated || second.isEmulated
        session = RunningSession.name(of: outcome.session)
        purpose = outcome.settings.plan.purpose.word
        detection = outcome.settings.receiver.detection == .homodyne ? "homodyne" : "heterodyne"
        (symbols, vacuumSymbols, lostSymbols) = (outcome.symbols, outcome.vacuumSymbols, outcome.lostSymbols)
        delay = outcome.delay
        endedBy = outcome.isInterrupted ? "interruption" : "limit"
        self.estimate = estimate
    }
}
