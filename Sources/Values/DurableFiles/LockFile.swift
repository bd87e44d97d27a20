public import ForeignFiles
internal import Glibc

/// An advisory lock of programs of one user on one folder; the kernel drops it with the process, however it ends.
///
/// Whoever may open the file may take the lock and keep it. So nobody but its owner may open it, and a link in its
/// place is not followed: the file that it names would be emptied.
public struct LockFile: ~Copyable {
    /// What the file is opened for.
    public enum Use: Sendable, Hashable {
        /// To write under it. The file is made if it is not there.
        case exclusive
        /// To read under it. Nothing is made.
        case shared
    }

    /// Where it is.
    public let path: String
    private let descriptor: Int32
    private let use: Use

    /// Opens the file without taking the lock. It never waits.
    ///
    /// - Throws: `ForeignFileRefusal` if something else lies there, or it may not be opened.
    public init(_ path: String, _ use: Use) throws(ForeignFileRefusal) {
        if let found = NotAFile(at: path) { throw .notAFile(path, found) }
        let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let opened = use == .exclusive ? open(path, flags | O_RDWR | O_CREAT, 0o600) : open(path, flags | O_RDONLY)
        guard opened >= 0 else { throw ForeignFileRefusal(system: errno, path, "open") }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let code = errno
            close(opened)
            throw ForeignFileRefusal(system: code, path, "fstat")
        }
        let refusal: ForeignFileRefusal? =
            if let found = NotAFile(mode: status.st_mode) {
                .notAFile(path, found)
            } else if use == .exclusive, status.st_uid != geteuid(), geteuid() != 0 {
                .ofAnotherUser(path, owner: status.st_uid)
            } else if status.st_nlink > 1 {
                // Another name for a file of somebody's, which would be overwritten.
                .notAFile(path, .link)
            } else {
                nil
            }
        if let refusal {
            close(opened)
            throw refusal
        }
        if use == .exclusive { Self.giveToOwner(of: path, opened, status) }
        // Files of older programs were readable for everybody. FAT has no modes: its mount has one for all.
        if status.st_uid == geteuid(), status.st_mode & 0o077 != 0 { fchmod(opened, 0o600) }
        self.path = path
        self.use = use
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// What root makes in another user's folder would lock that user out.
    private static func giveToOwner(of path: String, _ opened: Int32, _ status: stat) {
        var folder = stat()
        guard geteuid() == 0, status.st_uid == 0, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
            stat(String(path[..<slash]), &folder) == 0, folder.st_uid != 0
        else { return }
        fchown(opened, folder.st_uid, folder.st_gid)
    }

    /// Takes the lock unless somebody has it; whether it did. `EINTR` counts as not yet.
    public borrowing func take() throws(ForeignFileRefusal) -> Bool {
        guard flock(descriptor, (use == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw ForeignFileRefusal(system: errno, path, "lock") }
            return false
        }
        guard use == .exclusive else { return true }
        // When it was taken is the file's own time. If it cannot be written, the message of whoever waits lacks the
        // time.
        let text = "\(getpid())\n"
        if ftruncate(descriptor, 0) == 0 { _ = text.withCString { pwrite(descriptor, $0, text.utf8.count, 0) } }
        return true
    }

    /// Gives it back.
    public borrowing func release() {
        if use == .exclusive { ftruncate(descriptor, 0) }
        flock(descriptor, LOCK_UN)
    }

    /// Who has it now, by the kernel's own list; nil if nobody does, or it cannot be told.
    public borrowing func holder() -> LockHolder? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return LockHolder(of: status, noted: noted())
    }

    /// The number that the last writer left.
    private borrowing func noted() -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

/// A process that has a lock.
public struct LockHolder: Sendable, Hashable, CustomStringConvertible {
    /// Its number.
    public var pid: Int32
    /// Its name, if it can be told.
    public var program: String?
    /// Since when it has the lock, or runs, if no more is known; seconds since 1970.
    public var since: Int64?

    /// Who has the lock of a file. Locks of /proc/locks are named by device and inode; a layered file system shows
    /// another device there, so the inode decides if no device fits.
    init?(of file: stat, noted: Int32?) {
        let kind = ForeignFileKind("the kernel's list of locks", mostBytes: 4 << 20)
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) { bytes = try ForeignFile.bytes(of: "/proc/locks", kind) } catch { return nil }
        var found: (fits: Bool, pid: Int32)?
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            // "1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF"; "->" is one that waits.
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", let pid = Int32(words[4]), pid > 0 else { continue }
            let place = words[5].split(separator: ":")
            guard place.count == 3, UInt64(place[2]) == UInt64(file.st_ino) else { continue }
            let device = UInt64(file.st_dev)
            let (high, low) = ((device >> 8) & 0xFFF, (device & 0xFF) | ((device >> 12) & 0xFFF00))
            let fits = UInt64(place[0], radix: 16) == high && UInt64(place[1], radix: 16) == low
            if found == nil || (fits && found?.fits == false) { found = (fits, pid) }
        }
        guard let pid = found?.pid else { return nil }
        self.pid = pid
        program = Self.text("/proc/\(pid)/comm")
        var process = stat()
        since =
            pid == noted
            ? Int64(file.st_mtim.tv_sec)
            : stat("/proc/\(pid)", &process) == 0 ? Int64(process.st_mtim.tv_sec) : nil
    }

    private static func text(_ path: String) -> String? {
        let kind = ForeignFileKind("a process's name", mostBytes: 64)
        do throws(ForeignFileRefusal) {
            // A process chooses its name: nothing in it may steer a terminal.
            let scalars = String(decoding: try ForeignFile.bytes(of: path, kind), as: UTF8.self).unicodeScalars
                .filter { $0 != "\n" }.map { (0x20..<0x7F).contains($0.value) ? $0 : "?" }
            return String(String.UnicodeScalarView(scalars))
        } catch {
            return nil
        }
    }

    /// "cvqkd, pid 4711, since 2026-11-30T15:50:00Z".
    public var description: String {
        var parts = [program, "pid \(pid)"].compactMap { $0 }
        if let since {
            var (seconds, fields) = (time_t(since), tm())
            var text = [CChar](repeating: 0, count: 32)
            if gmtime_r(&seconds, &fields) != nil, strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &fields) > 0 {
                parts.append(
                    "since " + String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
        }
        return parts.joined(separator: ", ")
    }
}
