import DurableFiles
import ForeignFiles
import Foundation

/// Files that are there whole or not at all, with the sentences of this program.
enum AtomicFile {
    /// Without `replacing`, a file that is there stays as it is and the call fails, even if it appears in the meantime.
    static func write(_ data: Data, to path: String, replacing: Bool, mode: mode_t = 0o644) throws {
        do throws(FileFault) {
            try DurableFile.write(data.bytes, to: path, replacing ? .replacing : .exclusive, mode: mode)
        } catch {
            throw failure(error, data.count)
        }
    }

    /// What can be known before the work is done: nobody wants to hear of an existing file after a long measurement.
    /// A device, a FIFO or a link is never replaced: whoever named it meant something else.
    static func check(_ path: String, replacing: Bool) throws {
        if let found = NotAFile(at: path) { throw failure(path, found) }
        guard replacing || ForeignFileFacts(named: path) == nil else { throw failure(path, EEXIST, 0) }
        // What cannot be begun in its folder now cannot be kept there at the end. It is gone again at once.
        do throws(FileFault) { _ = try DurableFile(path) } catch { throw failure(error, 0) }
    }

    private static func failure(_ fault: FileFault, _ bytes: Int) -> CommandFailure {
        fault.found.map { failure(fault.path, $0) } ?? failure(fault.path, fault.code, bytes)
    }

    private static func failure(_ path: String, _ found: NotAFile) -> CommandFailure {
        CommandFailure(
            .failure, "\(path) is \(found.name), not an ordinary file, and stays as it is. Choose another name")
    }

    static func failure(_ path: String, _ code: Int32, _ bytes: Int) -> CommandFailure {
        switch code {
        case EEXIST: CommandFailure(.failure, "\(path) exists. Choose another name, or overwrite it with --force")
        case ENOSPC, EDQUOT:
            CommandFailure(
                .failure,
                "\(path): the disk is full; \(bytes) bytes are needed. Nothing was written. Make room, or name a folder on another disk"
            )
        case EROFS:
            CommandFailure(
                .noPermission,
                "\(path) may not be written: the disk is read-only. Name a folder on another disk, or mount it anew")
        case EACCES, EPERM:
            CommandFailure(.noPermission, "\(path) may not be written: \(String(cString: strerror(code)))")
        case ENOENT, ENOTDIR: CommandFailure(.notFound, "\(path): its folder does not exist")
        default: CommandFailure(.failure, "\(path) cannot be written: \(String(cString: strerror(code)))")
        }
    }
}
