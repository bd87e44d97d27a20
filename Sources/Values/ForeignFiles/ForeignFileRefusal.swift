internal import Glibc

/// What lies under a name that is not a regular file.
public enum NotAFile: String, Sendable, Hashable, CaseIterable {
    /// A folder.
    case folder
    /// A FIFO: to open it would wait for a writer.
    case pipe
    /// A socket.
    case socket
    /// A device that gives bytes: a terminal, a serial line, `/dev/zero`.
    case characterDevice
    /// A disk.
    case blockDevice
    /// A symbolic link where none is followed.
    case link
    /// Anything else.
    case unknown

    /// What lies under a name; a link is not followed. Nil for a regular file, and if nothing does.
    public init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(mode: status.st_mode)
    }

    /// By a file's mode; nil for a regular file.
    public init?(mode: UInt32) {
        switch mode & S_IFMT {
        case S_IFREG: return nil
        case S_IFDIR: self = .folder
        case S_IFIFO: self = .pipe
        case S_IFSOCK: self = .socket
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        case S_IFLNK: self = .link
        default: self = .unknown
        }
    }

    /// In a sentence.
    public var name: String {
        switch self {
        case .folder: "a folder"
        case .pipe: "a pipe (FIFO)"
        case .socket: "a socket"
        case .characterDevice: "a character device"
        case .blockDevice: "a block device"
        case .link: "a symbolic link"
        case .unknown: "something else"
        }
    }
}

/// Why a file is not read. The system's code is kept where it is all that is known.
public enum ForeignFileRefusal: Error, Sendable, Hashable {
    /// Empty, or with a zero byte in it: no file has such a name.
    case notAName(String)
    /// Nothing has this name.
    case notFound(String)
    /// It may not be read.
    case noPermission(String, code: Int32)
    /// It is not a regular file.
    case notAFile(String, NotAFile)
    /// A folder is wanted, and it is none.
    case notAFolder(String)
    /// It belongs to another user, who could put anything there.
    case ofAnotherUser(String, owner: UInt32)
    /// Others than its owner may write to it.
    case writableByOthers(String, permissions: UInt32)
    /// It is longer than a file of its kind can be.
    case tooLong(String, ForeignFileKind, bytes: Int64)
    /// Any other refusal of the system.
    case system(String, operation: String, code: Int32)

    init(_ path: String, _ operation: String, _ code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .notFound(path)
        case EACCES, EPERM: self = .noPermission(path, code: code)
        // With O_NOFOLLOW; a circle of links has no file at its end either.
        case ELOOP: self = .notAFile(path, .link)
        // A socket, or a device without a driver, that took the file's place.
        case ENXIO: self = .notAFile(path, .unknown)
        default: self = .system(path, operation: operation, code: code)
        }
    }

    /// What the system refused, for whoever opens a file in another way than to read it.
    public init(system code: Int32, _ path: String, _ operation: String) { self.init(path, operation, code) }

    /// The file.
    public var path: String {
        switch self {
        case .notAName(let path), .notFound(let path), .noPermission(let path, _), .notAFile(let path, _),
            .notAFolder(let path), .ofAnotherUser(let path, _), .writableByOthers(let path, _),
            .tooLong(let path, _, _),
            .system(let path, _, _):
            path
        }
    }
}

extension ForeignFileRefusal: CustomStringConvertible {
    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .notAName(let path) where path.isEmpty: "an empty name names no file"
        case .notAName(let path):
            "a file cannot be called '\(path.replacing("\0", with: "\\0"))': there is a zero byte in the name"
        case .notFound(let path): "\(path): no such file"
        case .noPermission(let path, let code): "\(path) may not be read: \(String(cString: strerror(code)))"
        case .notAFile(let path, let found): "\(path) is \(found.name), not a file"
        case .notAFolder(let path): "\(path) is not a folder"
        case .ofAnotherUser(let path, let owner):
            "\(path) belongs to another user (\(owner)), who could put anything there"
        case .writableByOthers(let path, let permissions):
            "\(path) can be written by others (mode \(String(permissions, radix: 8))): 'chmod go-w' mends it, if nothing in it is theirs"
        case .tooLong(let path, let kind, let bytes):
            "\(path) has \(bytes) bytes or more; \(kind.name) has \(kind.mostBytes) at most"
        case .system(let path, let operation, let code):
            "\(path): \(operation) failed: \(String(cString: strerror(code)))"
        }
    }
}
