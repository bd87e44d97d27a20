public import ForeignFiles
internal import Foundation

/// Why a recording cannot be read or written. Each names the file and what to do.
public enum RecordingError: Error, Equatable, Sendable {
    /// Neither file is there.
    case notFound(base: String)
    /// The samples are there, the JSON text is not: nothing says what they are.
    case noMetadata(meta: String)
    /// The JSON text is there, the samples are not.
    case noData(data: String)
    /// The JSON text says itself that it has no samples.
    case metadataOnly(meta: String)
    /// The name is not that of a recording.
    case notARecording(path: String, NotARecording)
    /// One of the files is not a file, or too long.
    case file(ForeignFileRefusal)
    /// Not JSON, or not an object with `global`.
    case badMetadata(meta: String, reason: String)
    /// A field has a value that it cannot have.
    case badField(meta: String, field: String, reason: String)
    /// Samples of a type that no analysis here takes.
    case unsupportedDatatype(meta: String, found: String)
    /// Interleaved channels.
    case tooManyChannels(meta: String, channels: Int)
    /// Not a whole number of symbols.
    case partialSymbol(data: String, bytes: Int64, symbolBytes: Int)
    /// No sample at all.
    case empty(data: String)
    /// The JSON text speaks of symbols that are not there: the file was cut.
    case truncated(data: String, symbols: Int64, declared: Int64)
    /// The file became shorter while it was read, or its disk fails.
    case vanished(data: String, symbol: Int64)
    /// The samples are not those that were recorded.
    case wrongChecksum(data: String)
    /// There is no checksum to compare with.
    case noChecksum(meta: String)
    /// The recording holds something else than what it is given for.
    case wrongKind(base: String, found: RecordingKind, wanted: [RecordingKind])
    /// The samples lie in another way than this use needs.
    case wrongLayout(base: String, found: SampleLayout, wanted: [SampleLayout], reason: String)
    /// Two recordings that have to agree do not.
    case disagreement(field: String, first: String, firstValue: String, second: String, secondValue: String)
    /// A byte of a basis recording is neither 0 nor 1.
    case badBasis(data: String, symbol: Int64, value: UInt8)
    /// A file of this name is there.
    case exists(path: String)
    /// The disk is full. Nothing of the recording is kept.
    case diskFull(path: String, lostSymbols: Int64)
    /// The files may not be read or written.
    case noPermission(path: String, code: Int32)
    /// Any other refusal of the system.
    case system(path: String, operation: String, code: Int32)
}

extension RecordingError: CustomStringConvertible {
    /// The fact in a sentence, then the next thing to try.
    public var description: String {
        switch self {
        case .notFound(let base):
            "\(base): no such recording. Name FILE.sigmf-meta, FILE.sigmf-data, or FILE for both"
        case .noMetadata(let meta):
            "\(meta) is missing: without it nobody knows what the samples are. Bring it beside the data, or write one"
        case .noData(let data): "\(data) is missing. Bring it beside its .sigmf-meta"
        case .metadataOnly(let meta):
            "\(meta) was distributed without samples (core:metadata_only). Ask its author for the data"
        case .notARecording(let path, let found): "'\(ForeignJSON.shown(path))' \(found.sentence)"
        case .file(let refusal): "\(refusal). Name a recording's own files"
        case .badMetadata(let meta, let reason):
            "\(meta) is not SigMF: \(reason). Mend it, or write it anew"
        case .badField(let meta, let field, let reason): "\(meta): \(field) \(reason). Correct the field"
        case .unsupportedDatatype(let meta, let found):
            "\(meta): samples of type \(found) are not read here, accepted are \(SampleLayout.accepted). Convert the data to int16, little-endian"
        case .tooManyChannels(let meta, let channels):
            "\(meta): \(channels) interleaved channels (core:num_channels); one is accepted. Store x and p as ci16_le, other channels in files of their own"
        case .partialSymbol(let data, let bytes, let symbolBytes):
            "\(data): \(bytes) bytes are no whole number of symbols of \(symbolBytes) bytes. The file was cut or its core:datatype is wrong: copy it again"
        case .empty(let data): "\(data) holds no sample. Record again"
        case .truncated(let data, let symbols, let declared):
            "\(data) holds \(symbols) symbols, but its metadata speaks of symbol \(declared). The file was cut: copy it again"
        case .vanished(let data, let symbol):
            "\(data) became unreadable at symbol \(symbol) while it was read. Check its disk, and that nobody writes to it"
        case .wrongChecksum(let data):
            "\(data) is not what was recorded: its SHA-512 differs from core:sha512. Copy it again from where it was recorded"
        case .noChecksum(let meta): "\(meta) has no core:sha512 to verify by. Read it without verification"
        case .wrongKind(let base, let found, let wanted):
            "\(base) is a recording of \(found.name), wanted is \(wanted.map(\.name).joined(separator: " or ")). Exchange the two if they were swapped"
        case .wrongLayout(let base, let found, let wanted, let reason):
            "\(base) has samples of type \(found.rawValue), wanted is \(wanted.map(\.rawValue).joined(separator: " or ")): \(reason)"
        case .disagreement(let field, let first, let firstValue, let second, let secondValue):
            "\(first) and \(second) do not belong together: \(field) is \(firstValue) in the first and \(secondValue) in the second. "
                + (field == "cvqkd:symbol_rate"
                    ? "Use recordings of one rate: those that a unit took by itself, outside of a session, have one"
                    : "Use recordings of one session")
        case .badBasis(let data, let symbol, let value):
            "\(data): the basis of symbol \(symbol) is \(value); it is 0 for x and 1 for p"
        case .exists(let path): "\(path) exists. Choose another name, or have it overwritten"
        case .diskFull(let path, let lost):
            "\(path): the disk is full. Nothing was kept, \(lost) symbols are lost. Make room, or choose another place"
        case .noPermission(let path, let code): "\(path) may not be used: \(String(cString: strerror(code)))"
        case .system(let path, let operation, let code):
            "\(path): \(operation) failed: \(String(cString: strerror(code)))"
        }
    }
}
