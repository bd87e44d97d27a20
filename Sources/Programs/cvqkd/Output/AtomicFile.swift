import Foundation

/// Files that are there whole or not at all.
enum AtomicFile {
    /// Writes beside the target, syncs, and moves into place. Without `replacing`, a file that is there stays as it is
    /// and the call fails, even if it appears in the meantime.
    static func write(_ data: Data, to path: String, replacing: Bool, mode: mode_t = 0o644) throws {
        let temporary = "\(path).\(getpid()).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(path, errno, data.count) }
        defer { unlink(temporary) }
        let code = fill(descriptor, data)
        let closed = close(descriptor)
        guard code == 0, closed == 0 else { throw failure(path, code == 0 ? errno : code, data.count) }
        guard (replacing ? rename(temporary, path) : link(temporary, path)) == 0 else {
            throw failure(path, errno, data.count)
        }
    }

    /// What can be known before the work is done: nobody wants to hear of an existing file after a long measurement.
    static func check(_ path: String, replacing: Bool) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure(.failure, "\(path) is not an ordinary file. Choose another name")
        }
        guard replacing else { throw failure(path, EEXIST, 0) }
    }

    private static func fill(_ descriptor: Int32, _ data: Data) -> Int32 {
        data.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Foundation.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: bytes[written...]).baseAddress, bytes.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return errno }
                written += count
            }
            return fsync(descriptor) == 0 ? 0 : errno
        }
    }

    static func failure(_ path: String, _ code: Int32, _ bytes: Int) -> CommandFailure {
        switch code {
        case EEXIST: CommandFailure(.failure, "\(path) exists. Choose another name, or overwrite it with --force")
        case ENOSPC, EDQUOT:
            CommandFailure(.failure, "\(path): the disk is full; \(bytes) bytes are needed. Nothing was written")
        case EACCES, EPERM, EROFS:
            CommandFailure(.noPermission, "\(path) may not be written: \(String(cString: strerror(code)))")
        case ENOENT, ENOTDIR: CommandFailure(.notFound, "\(path): its folder does not exist")
        default: CommandFailure(.failure, "\(path) cannot be written: \(String(cString: strerror(code)))")
        }
    }
}
