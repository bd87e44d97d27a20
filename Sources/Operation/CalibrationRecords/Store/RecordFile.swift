internal import DurableFiles
internal import ForeignFiles
internal import Foundation

/// Files of the store: whole on the disk, or not there.
enum RecordFile {
    /// Writes a file, whatever was there. What a dead writer left is under a name that ends in `.part` and never counts.
    static func write(_ data: Data, to file: String) throws(RecordError) {
        do throws(FileFault) { try DurableFile.write(data.bytes, to: file, .replacing) } catch {
            throw .from(error.code, action: "write", file: file, bytes: data.count)
        }
    }

    /// Writes a file that must not exist, and that only its owner may read.
    static func create(_ file: String, _ bytes: UnsafeRawBufferPointer) throws(RecordError) {
        // SAFETY: the bytes are the caller's for the length of this call, and the span ends with it.
        do throws(FileFault) { try DurableFile.write(bytes.bytes, to: file, .exclusive, mode: 0o600) } catch {
            throw .from(error.code, action: "write", file: file, bytes: bytes.count)
        }
    }

    /// A folder and those above it.
    static func makeFolder(_ path: String, mode: mode_t) throws(RecordError) {
        guard mkdir(path, mode) != 0 else { return }
        switch errno {
        case EEXIST: return
        case ENOENT:
            let above = (path as NSString).deletingLastPathComponent
            guard !above.isEmpty, above != path else { throw .from(ENOENT, action: "make", file: path) }
            try makeFolder(above, mode: mode)
            guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .from(errno, action: "make", file: path) }
        case let code: throw .from(code, action: "make", file: path)
        }
    }

    /// A record or an import: with all its curves it has some hundred kilobytes.
    static let record = ForeignFileKind("a record", mostBytes: 16 << 20)
    /// A station, or a key of another one.
    static let station = ForeignFileKind("a file of a station or of a key", mostBytes: 64 << 10)

    /// The log: some 150 bytes for each record of the store.
    static let log = ForeignFileKind("a store's log", mostBytes: 64 << 20)

    /// The bytes of a file of the store. A link in its place is refused.
    static func read(_ file: String, _ kind: ForeignFileKind) throws(RecordError) -> Data {
        do throws(ForeignFileRefusal) { return Data(try ForeignFile.bytes(of: file, kind, links: .refused)) } catch {
            throw .from(error)
        }
    }
}
