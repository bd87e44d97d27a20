internal import Glibc

/// A folder in which somebody may have left files, open: whose it is can be asked before anything in it is believed,
/// and names are looked up in it whatever becomes of its path meanwhile.
public struct ForeignFolder: ~Copyable, Sendable {
    /// Its name as it was given.
    public let path: String
    /// Whose it is; of the open folder, not of the name.
    public let facts: ForeignFileFacts
    private let descriptor: Int32

    /// Who besides the owner may write.
    public enum Writers: Sendable, Hashable {
        /// Nobody.
        case owner
        /// Members of its group, who were put there for that.
        case group
    }

    /// Opens a folder.
    ///
    /// - Throws: `ForeignFileRefusal` if there is none, it is no folder, or a link where none is followed.
    public init(_ path: String, links: ForeignFile.Links = .followed) throws(ForeignFileRefusal) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .notAName(path) }
        let opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (links == .refused ? O_NOFOLLOW : 0))
        guard opened >= 0 else {
            let code = errno
            var status = stat()
            guard code == ENOTDIR else { throw ForeignFileRefusal(path, "open", code) }
            guard lstat(path, &status) == 0 else { throw .notAFolder(Self.obstacle(on: path)) }
            throw status.st_mode & S_IFMT == S_IFLNK && links == .refused ? .notAFile(path, .link) : .notAFolder(path)
        }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            let code = errno
            close(opened)
            throw ForeignFileRefusal(path, "fstat", code)
        }
        self.path = path
        facts = ForeignFileFacts(status)
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// What stands on the way to a path and is no folder.
    private static func obstacle(on path: String) -> String {
        var status = stat()
        var above = path[...]
        while let slash = above.lastIndex(of: "/"), slash > above.startIndex {
            above = above[..<slash]
            if lstat(String(above), &status) == 0 { return String(above) }
        }
        return path
    }

    /// Refuses a folder into which others than its owner may write.
    public func requireWriters(_ writers: Writers) throws(ForeignFileRefusal) {
        let forbidden: UInt32 = writers == .owner ? 0o022 : 0o002
        guard facts.permissions & forbidden == 0 else {
            throw .writableByOthers(path, permissions: facts.permissions)
        }
    }

    /// Refuses a folder that belongs to none of these users.
    public func requireOwner(_ users: UInt32...) throws(ForeignFileRefusal) {
        guard users.contains(facts.owner) else { throw .ofAnotherUser(path, owner: facts.owner) }
    }

    /// Names in a folder.
    public struct Names: Sendable, Hashable {
        /// Sorted, without `.` and `..`.
        public var names: [String]
        /// Names that are not UTF-8: no text can name such a file.
        public var unnameable = 0
        /// Whether there were more than were asked for.
        public var isCut = false

        /// These, and nothing else.
        public init(_ names: [String] = []) { self.names = names }
    }

    /// The first names in the folder, as the system lists them.
    public func names(atMost count: Int) throws(ForeignFileRefusal) -> Names {
        // A descriptor of its own: the listing closes it.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let listing = fdopendir(copy) else {
            let code = errno
            if copy >= 0 { close(copy) }
            throw ForeignFileRefusal(path, "list", code)
        }
        defer { closedir(listing) }
        var found = Names()
        while let entry = readdir(listing) {
            // SAFETY: the name ends with a zero byte within its 256 bytes, and is copied before the next call.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
                    String(validating: UnsafeBufferPointer(start: bytes, count: strnlen(bytes, 256)), as: UTF8.self)
                }
            }
            guard name != ".", name != ".." else { continue }
            guard found.names.count + found.unnameable < count else {
                found.isCut = true
                break
            }
            if let name { found.names.append(name) } else { found.unnameable += 1 }
        }
        found.names.sort()
        return found
    }

    /// Opens a file of the folder. A link in its place is refused, and so is a name with a slash.
    public func file(_ name: String, _ kind: ForeignFileKind) throws(ForeignFileRefusal) -> ForeignFile {
        let path = "\(path)/\(name)"
        guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "/")) else {
            throw .notAName(path)
        }
        return try ForeignFile(name, in: descriptor, shownAs: path, kind, .refused)
    }

    /// Removes a file of the folder; what it was is not followed. False if it is still there.
    @discardableResult
    public func remove(_ name: String) -> Bool {
        !name.utf8.contains(UInt8(ascii: "/")) && (unlinkat(descriptor, name, 0) == 0 || errno == ENOENT)
    }
}
