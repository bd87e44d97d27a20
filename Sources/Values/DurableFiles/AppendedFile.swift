internal import ForeignFiles
internal import Glibc

/// A file that only grows: each piece is there whole and on the disk when `append` returns, or the file is as it was.
/// What a crash left of a piece is at its end, for the owner to cut.
public struct AppendedFile: ~Copyable, Sendable {
    /// The file.
    public let path: String
    private let descriptor: Int32

    /// Opens a file, or begins it with mode 0600. It never waits, and follows no link.
    public init(_ path: String) throws(FileFault) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder: Folder
        do throws(Folder.Refusal) {
            folder = try Folder(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
        } catch {
            throw FileFault(.begin, path: path, code: error.code)
        }
        if let found = NotAFile(at: path) { throw FileFault(.replace, path: path, code: EEXIST, found: found) }
        let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let opened = open(path, flags, 0o600)
        guard opened >= 0 else { throw FileFault(.begin, path: path, code: errno) }
        var status = stat()
        let isOurs =
            fstat(opened, &status) == 0 && NotAFile(mode: status.st_mode) == nil && status.st_nlink == 1
            && (status.st_uid == geteuid() || geteuid() == 0)
        let synced = isOurs ? folder.sync() : EPERM
        guard synced == 0 else {
            close(opened)
            throw FileFault(isOurs ? .syncFolder : .begin, path: path, code: synced)
        }
        self.path = path
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Bytes.
    public var size: Int64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Adds bytes, and returns when they are on the disk. If they cannot be, the file is cut back to what it was.
    public func append(_ bytes: RawSpan) throws(FileFault) {
        let before = size
        // SAFETY: the kernel reads within the buffer, during the calls only.
        var code = bytes.withUnsafeBytes { bytes -> Int32 in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                written += count
            }
            return 0
        }
        var step = FileFault.Step.write
        if code == 0 {
            code = SyncAnswer.code(fdatasync(descriptor))
            step = .sync
        }
        guard code != 0 else { return }
        _ = ftruncate(descriptor, off_t(before))
        throw FileFault(step, path: path, code: code)
    }

    /// Cuts off what lies behind so many bytes.
    public func cut(to size: Int64) throws(FileFault) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileFault(.write, path: path, code: errno) }
        let code = SyncAnswer.code(fsync(descriptor))
        guard code == 0 else { throw FileFault(.sync, path: path, code: code) }
    }

    /// Gives a file another name that nothing has, and brings that to the disk.
    public static func setAside(_ path: String, as name: String) throws(FileFault) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            throw FileFault(.begin, path: path, code: EINVAL)
        }
        let folder: Folder
        do throws(Folder.Refusal) {
            folder = try Folder(slash == path.startIndex ? "/" : String(path[..<slash]))
        } catch {
            throw FileFault(.begin, path: path, code: error.code)
        }
        let own = String(path[path.utf8.index(after: slash)...])
        let code = folder.rename(own, toFree: name, by: ExclusiveWay.allCases)
        guard code == 0 else { throw FileFault(.place, path: path, code: code) }
        let synced = folder.sync()
        guard synced == 0 else { throw FileFault(.syncFolder, path: path, code: synced) }
    }
}
