internal import DurableFiles
internal import ForeignFiles
internal import Foundation

/// Writes a recording while it is made. The two files appear together at the end, whole, or not at all.
///
/// The JSON text comes into place last: a recording is there when its metadata is. Without `replacing` files that are
/// there stay as they are, even if they appear in the meantime.
public struct RecordingWriter: ~Copyable {
    /// Where it will be.
    public let files: RecordingFiles
    /// Symbols added.
    public private(set) var symbols: Int64 = 0
    /// What will be written about the samples. Segments and gaps are filled in by `add`.
    public var metadata: RecordingMetadata

    private let replacing: Bool
    private let data: DurableFile
    private let hash: SHA512
    private var pending: [UInt8] = []
    private var nextIndex: Int64?
    private var isBroken = false
    private var failure: RecordingError?

    /// Bytes that are collected before they are written.
    private static let room = 1 << 18

    /// Begins a recording: opens a file beside the target, which goes away again unless `finish` is reached.
    public init(_ path: String, _ metadata: RecordingMetadata, replacing: Bool) throws(RecordingError) {
        let target = RecordingFiles(path)
        try Self.check(target, replacing: replacing)
        do throws(FileFault) { data = try DurableFile(target.data) } catch { throw Self.refusal(error, 0) }
        files = target
        self.replacing = replacing
        self.metadata = metadata
        self.metadata.segments = []
        self.metadata.gaps = []
        hash = SHA512()
        pending.reserveCapacity(Self.room)
    }

    /// What can be known before the work is done: nobody wants to hear of an existing file after a long measurement.
    public static func check(_ files: RecordingFiles, replacing: Bool) throws(RecordingError) {
        if let refusal = files.badName { throw refusal }
        for path in [files.meta, files.data] {
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            guard replacing else { throw .exists(path: path) }
            // A device, a FIFO or a link stays: whoever named it meant something else.
            if let found = NotAFile(at: path) { throw .file(.notAFile(path, found)) }
        }
    }

    /// Adds samples, whole symbols.
    ///
    /// - Parameter symbolIndex: number of the first of them in the session, if there is a session. Where it does not follow
    ///   the last one, a new segment begins.
    public mutating func add(_ samples: Span<Int16>, symbolIndex: Int64? = nil) throws(RecordingError) {
        let width = metadata.layout.valuesPerSymbol
        precondition(width > 0 && samples.count % width == 0, "whole symbols of int16")
        try add(samples.bytes, symbols: samples.count / width, symbolIndex)
    }

    /// Adds basis choices, 0 or 1 each.
    public mutating func add(_ bytes: Span<UInt8>, symbolIndex: Int64? = nil) throws(RecordingError) {
        precondition(metadata.layout == .bytes, "int16 samples are added as such")
        try add(bytes.bytes, symbols: bytes.count, symbolIndex)
    }

    /// What comes next does not follow what came before, although nothing was lost: another capture, another time.
    public mutating func breakOff() { isBroken = true }

    /// Declares symbols that the session had and that were lost. What comes next begins a new segment.
    public mutating func declareLoss(of missing: Int64, at symbolIndex: Int64) {
        guard missing > 0 else { return }
        metadata.gaps.append(.init(start: symbols, symbolIndex: symbolIndex, missing: missing))
        nextIndex = nil
        isBroken = true
    }

    private mutating func add(_ bytes: RawSpan, symbols count: Int, _ index: Int64?) throws(RecordingError) {
        if let failure { throw failure }
        guard count > 0 else { return }
        if symbols == 0 || index != nextIndex || isBroken {
            isBroken = false
            metadata.segments.append(.init(start: symbols, symbolIndex: index))
        }
        nextIndex = index.map { $0.addingClamped(Int64(count)) }
        symbols += Int64(count)
        bytes.withUnsafeBytes { pending.append(contentsOf: $0) }
        if pending.count >= Self.room { try flush() }
    }

    private mutating func flush() throws(RecordingError) {
        hash.add(pending.span.bytes)
        do throws(FileFault) { try data.write(pending.span.bytes) } catch {
            let refusal = Self.refusal(error, symbols)
            failure = refusal
            throw refusal
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Completes both files and moves them into place. An empty recording is refused.
    public consuming func finish() throws(RecordingError) -> RecordingMetadata {
        guard symbols > 0 else { throw .empty(data: files.data) }
        try flush()
        metadata.sha512 = hash.finish()
        guard let text = try? MetadataDocument(metadata).data() else {
            throw .badMetadata(meta: files.meta, reason: "a value is not a number")
        }
        let (lost, metadata) = (symbols, metadata)
        do throws(FileFault) {
            try data.sync()
            let meta = try DurableFile(files.meta)
            try meta.write(text.bytes)
            try meta.sync()
            try Self.publish(data, meta, files, replacing: replacing)
        } catch {
            throw Self.refusal(error, lost)
        }
        return metadata
    }

    private static func publish(
        _ data: consuming DurableFile, _ meta: consuming DurableFile, _ files: RecordingFiles, replacing: Bool
    ) throws(FileFault) {
        // Old metadata beside new samples would be a lie, should the machine stop between the two.
        if replacing { unlink(files.meta) }
        try data.publish(replacing ? .replacing : .exclusive)
        do throws(FileFault) { try meta.publish(replacing ? .replacing : .exclusive) } catch {
            if !replacing { unlink(files.data) }
            throw error
        }
    }

    private static func refusal(_ fault: FileFault, _ lost: Int64) -> RecordingError {
        if let found = fault.found { return .file(.notAFile(fault.path, found)) }
        return switch fault.code {
        case EEXIST: .exists(path: fault.path)
        case ENOSPC, EDQUOT, EFBIG: .diskFull(path: fault.path, lostSymbols: lost)
        case EACCES, EPERM, EROFS: .noPermission(path: fault.path, code: fault.code)
        default: .system(path: fault.path, operation: "writing", code: fault.code)
        }
    }
}
