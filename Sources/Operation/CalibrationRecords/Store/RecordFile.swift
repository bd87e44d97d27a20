internal import Foundation

/// Files of the store: whole on the disk, or not there.
enum RecordFile {
    /// Writes beside the target, syncs, moves into place, and syncs the folder. What a dead writer left is under a name
    /// that ends in `.part` and never counts.
    static func write(_ data: Data, to file: String, mode: mode_t = 0o644) throws(RecordError) {
        let temporary = "\(file).\(getpid()).part"
        unlink(temporary)
        do throws(RecordError) {
            let code = data.withUnsafeBytes { fill(temporary, $0, mode) }
            guard code == 0 else { throw .from(code, action: "write", file: file, bytes: data.count) }
            guard rename(temporary, file) == 0 else { throw .from(errno, action: "write", file: file) }
            try sync(folderOf: file)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Writes a file that must not exist, whole or not at all.
    static func create(_ file: String, _ bytes: UnsafeRawBufferPointer, mode: mode_t) throws(RecordError) {
        let temporary = "\(file).\(getpid()).part"
        unlink(temporary)
        defer { unlink(temporary) }
        let code = fill(temporary, bytes, mode)
        guard code == 0 else { throw .from(code, action: "write", file: file, bytes: bytes.count) }
        guard link(temporary, file) == 0 else { throw .from(errno, action: "write", file: file) }
        try sync(folderOf: file)
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

    /// The bytes of a file.
    static func read(_ file: String) throws(RecordError) -> Data {
        guard let handle = FileHandle(forReadingAtPath: file) else { throw .from(errno, action: "open", file: file) }
        do {
            return try handle.readToEnd() ?? Data()
        } catch {
            throw .from(EIO, action: "read", file: file)
        }
    }

    private static func sync(folderOf file: String) throws(RecordError) {
        let folder = (file as NSString).deletingLastPathComponent
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .from(errno, action: "sync", file: folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .from(errno, action: "sync", file: folder) }
    }

    private static func fill(_ file: String, _ bytes: UnsafeRawBufferPointer, _ mode: mode_t) -> Int32 {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return errno }
        var written = 0
        var code: Int32 = 0
        while written < bytes.count, code == 0 {
            let count = Foundation.write(
                descriptor, UnsafeRawBufferPointer(rebasing: bytes[written...]).baseAddress, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { code = errno } else { written += count }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        if close(descriptor) != 0, code == 0 { code = errno }
        return code
    }
}
