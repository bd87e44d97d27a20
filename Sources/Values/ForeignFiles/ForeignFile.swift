internal import Glibc

/// A file that a person named, or that was found in a folder, open for reading: it is a regular file, no longer than its
/// kind can be, and opening it did not wait for anybody.
///
/// What lies under a name is anybody's choice: a FIFO waits for ever, `/dev/zero` never ends, and to open a serial line
/// switches its signals. So the name is looked at before it is opened, the open file is looked at again, and nothing is
/// believed of the name afterwards.
public struct ForeignFile: ~Copyable, Sendable {
    /// What to do with a symbolic link in the place of the file.
    public enum Links: Sendable, Hashable {
        /// It is followed: a person named it.
        case followed
        /// It is refused: the file was found in a folder into which others may write. Links in the folder's own path are
        /// followed.
        case refused
    }

    /// Its name as it was given.
    public let path: String
    /// What it is opened as.
    public let kind: ForeignFileKind
    /// Whose it is, and how long; of the open file, not of the name.
    public let facts: ForeignFileFacts
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Throws: `ForeignFileRefusal` if it is none, may not be read, or is longer than its kind can be.
    public init(
        _ path: String, _ kind: ForeignFileKind, links: Links = .followed
    ) throws(ForeignFileRefusal) {
        // C ends a name at its first zero byte, and would open another file.
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .notAName(path) }
        try self.init(path, in: AT_FDCWD, shownAs: path, kind, links)
    }

    /// Opens a file by its name in an open folder, or by a path where there is no folder.
    init(
        _ name: String, in folder: Int32, shownAs path: String, _ kind: ForeignFileKind, _ links: Links
    ) throws(ForeignFileRefusal) {
        var status = stat()
        guard fstatat(folder, name, &status, links == .followed ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            throw ForeignFileRefusal(path, "stat", errno)
        }
        try Self.requireRegular(status, path)
        // Exchanged in between for what would keep us waiting, or for a terminal that would become ours.
        let waiting = O_NONBLOCK | O_NOCTTY
        let opened = openat(folder, name, O_RDONLY | O_CLOEXEC | waiting | (links == .refused ? O_NOFOLLOW : 0))
        guard opened >= 0 else { throw ForeignFileRefusal(path, "open", errno) }
        do throws(ForeignFileRefusal) {
            guard fstat(opened, &status) == 0 else { throw ForeignFileRefusal(path, "fstat", errno) }
            try Self.requireRegular(status, path)
            let facts = ForeignFileFacts(status)
            guard facts.size <= kind.mostBytes else { throw .tooLong(path, kind, bytes: facts.size) }
            self.facts = facts
        } catch {
            close(opened)
            throw error
        }
        self.path = path
        self.kind = kind
        descriptor = opened
    }

    deinit { close(descriptor) }

    private static func requireRegular(_ status: stat, _ path: String) throws(ForeignFileRefusal) {
        guard let found = NotAFile(mode: status.st_mode) else { return }
        throw .notAFile(path, found)
    }

    /// Reads bytes from a place of the file into the beginning of `bytes`; how many, 0 at the end of the file.
    public func read(
        into bytes: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(ForeignFileRefusal) -> Int {
        while true {
            let count = pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw ForeignFileRefusal(path, "pread", errno) }
        }
    }

    /// The whole file. One that grows beyond what its kind can be, as files of `/proc` do, is refused.
    public func bytes() throws(ForeignFileRefusal) -> [UInt8] {
        var bytes: [UInt8] = []
        // One more than it has, so that its end is seen without another round.
        var room = Int(clamping: min(facts.size, kind.mostBytes)) + 1
        while true {
            let (start, chunk) = (bytes.count, room)
            var failure: ForeignFileRefusal?
            let added = [UInt8](unsafeUninitializedCapacity: chunk) { (buffer, count) in
                count = 0
                do throws(ForeignFileRefusal) {
                    while count < chunk {
                        let rest = UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                        let more = try read(into: rest, at: Int64(start + count))
                        guard more > 0 else { break }
                        count += more
                    }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            if bytes.isEmpty { bytes = added } else { bytes += added }
            guard bytes.count <= kind.mostBytes else { throw .tooLong(path, kind, bytes: Int64(bytes.count)) }
            guard added.count == chunk else { return bytes }
            room = max(1 << 16, bytes.count)
        }
    }

    /// The whole of a file that is read once.
    public static func bytes(
        of path: String, _ kind: ForeignFileKind, links: Links = .followed
    ) throws(ForeignFileRefusal) -> [UInt8] {
        try ForeignFile(path, kind, links: links).bytes()
    }
}
