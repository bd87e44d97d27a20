internal import ForeignFiles

/// A recording that is open for reading.
///
/// Samples are read by `pread` into a buffer of the caller's, never mapped: memory stays bounded however long the file
/// is, and a file that is cut while it is read is an error and not a SIGBUS. The copy out of the page cache costs as much as
/// all sums together (`perf record cvqkd shot-noise analyze`), and a buffer that stays in cache makes it cheap.
public struct SignalRecording: ~Copyable, Sendable {
    /// Its files.
    public let files: RecordingFiles
    /// What is known of it.
    public let metadata: RecordingMetadata
    /// Symbols in the file.
    public let symbols: Int64

    /// Where the samples lie.
    public let data: String
    private let file: ForeignFile
    private let firstByte: Int64

    /// Values that `forEachBlock` reads at once: 128 KiB stay in the second-level cache.
    public static let blockValues = 65_536

    /// Opens a recording by its base name or the name of either file. Reads the metadata and looks at the length of the
    /// data; the samples are not touched.
    public init(_ path: String) throws(RecordingError) {
        files = RecordingFiles(path)
        if let refusal = files.badName { throw refusal }
        let reader = try MetadataReader(files)
        let opened = try DataFile.open(reader.data)
        let bytes = try Self.sampleBytes(of: opened.facts.size, reader)
        let symbolBytes = reader.metadata.layout.symbolBytes
        guard bytes % Int64(symbolBytes) == 0 else {
            throw .partialSymbol(data: reader.data, bytes: bytes, symbolBytes: symbolBytes)
        }
        let count = bytes / Int64(symbolBytes)
        let segment = reader.metadata.segments.last?.start ?? 0
        let declared = max(segment, reader.metadata.gaps.map(\.start).max() ?? 0)
        // A gap may lie behind the last symbol; a segment begins with one.
        guard declared <= count, segment < count else {
            throw .truncated(data: reader.data, symbols: count, declared: declared)
        }
        symbols = count
        file = opened
        data = reader.data
        firstByte = reader.headerBytes
        var found = reader.metadata
        found.separateSegments(symbols: count)
        metadata = found
    }

    /// Bytes between header and trailer.
    private static func sampleBytes(of size: Int64, _ reader: MetadataReader) throws(RecordingError) -> Int64 {
        let (header, trailer) = (reader.headerBytes, reader.trailingBytes)
        // Neither is greater than 2^60.
        guard header + trailer <= size else {
            let (field, bytes) =
                header > size ? ("captures[0].core:header_bytes", header) : ("core:trailing_bytes", trailer)
            throw .badField(
                meta: reader.files.meta, field: field, reason: "is \(bytes); the file has \(size) bytes in all")
        }
        guard header + trailer < size else { throw .empty(data: reader.data) }
        return size - header - trailer
    }

    /// Reads `count` symbols from `first` on into the beginning of `buffer`, which must have room for them.
    public func read(from first: Int64, count: Int, into buffer: inout [Int16]) throws(RecordingError) {
        precondition(metadata.layout != .bytes, "bytes are read as bytes")
        precondition(buffer.count >= count * metadata.layout.valuesPerSymbol, "the buffer is too small")
        var span = buffer.mutableSpan
        try span.withUnsafeMutableBytes { (bytes) throws(RecordingError) in
            try fill(bytes, from: first, count: count)
        }
    }

    /// The same for a recording of bytes.
    public func read(from first: Int64, count: Int, into buffer: inout [UInt8]) throws(RecordingError) {
        precondition(metadata.layout == .bytes, "int16 samples are read as such")
        precondition(buffer.count >= count, "the buffer is too small")
        var span = buffer.mutableSpan
        try span.withUnsafeMutableBytes { (bytes) throws(RecordingError) in
            try fill(bytes, from: first, count: count)
        }
    }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer, from first: Int64, count: Int) throws(RecordingError) {
        precondition(first >= 0 && first + Int64(count) <= symbols, "symbols \(first)… of \(symbols)")
        let size = metadata.layout.symbolBytes
        let offset = firstByte + first * Int64(size)
        guard try DataFile.read(file, into: bytes, count: count * size, at: offset) else {
            throw .vanished(data: data, symbol: first)
        }
    }

    /// Shows the samples, block by block in order, to `body`, with the number of the block's first symbol. All of them,
    /// or those of `range`.
    public func forEachBlock(
        _ range: Range<Int64>? = nil, _ body: (Int64, Span<Int16>) throws(RecordingError) -> Void
    ) throws(RecordingError) {
        let range = range ?? 0..<symbols
        let width = metadata.layout.valuesPerSymbol
        var buffer = [Int16](repeating: 0, count: Int(min(Int64(Self.blockValues), Int64(range.count) * Int64(width))))
        let step = Int64(buffer.count / width)
        var first = range.lowerBound
        while first < range.upperBound {
            let count = Int(min(step, range.upperBound - first))
            try read(from: first, count: count, into: &buffer)
            try body(first, buffer.span.extracting(0..<(count * width)))
            first += Int64(count)
        }
    }

    /// Compares the data with the checksum that was written when they were recorded.
    public func verify() throws(RecordingError) {
        guard let wanted = metadata.sha512 else { throw .noChecksum(meta: files.meta) }
        let hash = SHA512()
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        var offset: Int64 = 0
        // The whole file, with header and trailer: that is what SigMF's checksum covers.
        while true {
            var span = bytes.mutableSpan
            let count = try span.withUnsafeMutableBytes { (buffer) throws(RecordingError) in
                try DataFile.readSome(file, into: buffer, at: offset)
            }
            guard count > 0 else { break }
            hash.add(bytes.span.bytes.extracting(0..<count))
            offset += Int64(count)
        }
        guard hash.finish() == wanted else { throw .wrongChecksum(data: data) }
    }
}

/// The samples' file.
enum DataFile {
    /// Samples are read block by block, so that their number is limited only by what can be counted.
    static let kind = ForeignFileKind("a file of samples", mostBytes: 1 << 60)

    static func open(_ path: String) throws(RecordingError) -> ForeignFile {
        do throws(ForeignFileRefusal) { return try ForeignFile(path, kind) } catch {
            switch error {
            case .notFound: throw .noData(data: path)
            case .noPermission(_, let code): throw .noPermission(path: path, code: code)
            default: throw .file(error)
            }
        }
    }

    /// Bytes that were read, 0 at the end.
    static func readSome(
        _ file: borrowing ForeignFile, into bytes: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(RecordingError) -> Int {
        do throws(ForeignFileRefusal) { return try file.read(into: bytes, at: offset) } catch { throw .file(error) }
    }

    /// Reads `count` bytes; false if the file ends before.
    static func read(
        _ file: borrowing ForeignFile, into bytes: UnsafeMutableRawBufferPointer, count: Int, at offset: Int64
    ) throws(RecordingError) -> Bool {
        var done = 0
        while done < count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done..<count])
            let more = try readSome(file, into: rest, at: offset + Int64(done))
            guard more > 0 else { return false }
            done += more
        }
        return true
    }
}
