import DurableFiles
import Foundation

/// Files that are there whole or not at all, with the sentences of this program.
enum AtomicFile {
    /// Without `replacing`, a file that is there stays as it is and the call fails, even if it appears in the meantime.
    static func write(_ data: Data, to path: String, replacing: Bool, mode: mode_t = 0o644) throws {
        do throws(FileFault) {
            try DurableFile.write(data.bytes, to: path, replacing ? .replacing : .exclusive, mode: mode)
        } catch {
            throw failure(path, error.code, data.count)
        }
    }

    /// What can be known before the work is done: nobody wants to hear of an existing file after a long measurement.
    static func check(_ path: String, replacing: Bool) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let folder = (path as NSString).deletingLastPathComponent
            guard stat(folder.isEmpty ? "." : folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw failure(path, ENOENT, 0)
            }
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure(.failure, "\(path) is not an ordinary file. Choose another name")
        }
        guard replacing else { throw failure(path, EEXIST, 0) }
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
