public import CalibrationRecords
public import DurableFiles
public import ForeignFiles

/// Why a log of who did what cannot be kept or believed.
public enum AuditFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// It may not be read, or is not a file.
    case unreadable(ForeignFileRefusal)
    /// It could not be written; the deed must not be done.
    case unwritten(FileFault)
    /// The node's key cannot be used.
    case key(RecordError)
    /// An entry could not be written as JSON.
    case notEncodable

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .unreadable(let refusal): refusal.description
        case .unwritten(let fault): "the audit log: \(fault)"
        case .key(let error): "the audit log cannot be signed: \(error)"
        case .notEncodable: "the audit log's entry cannot be written as JSON"
        }
    }
}

/// What is wrong in a log, with the line.
public enum AuditDamage: Sendable, Hashable, CustomStringConvertible {
    /// The line is not an entry that the node's key signed.
    case notSigned(line: Int)
    /// The line does not follow the one before: something was taken out, put in, or exchanged.
    case brokenChain(line: Int)
    /// The last line has no end: whoever wrote it died meanwhile. It was not answered.
    case tornTail(bytes: Int)

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .notSigned(let line): "line \(line) is not an entry that the node's key signed"
        case .brokenChain(let line):
            "line \(line) does not follow line \(line - 1): entries were taken out, put in or exchanged"
        case .tornTail(let bytes):
            "the last \(bytes) bytes are a line without an end: its writer died, and nobody was answered"
        }
    }
}
