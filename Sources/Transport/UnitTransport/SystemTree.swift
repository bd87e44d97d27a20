internal import Glibc

/// The files that tell about this machine (/sys, /proc, /etc, /run), read below a root: "/" of the running system, or a
/// folder that a test has made. What cannot be read is nil or empty, never an error.
public struct SystemTree: Sendable {
    /// Put before every path; empty for the running system.
    public let root: String

    /// The tree below `root`.
    public init(root: String = "") { self.root = root }

    /// The running system.
    public static let running = SystemTree()

    /// The text of a file, at most 1 MiB.
    public func text(_ path: String) -> String? {
        let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The lines of a file; none if it cannot be read.
    public func lines(_ path: String) -> [Substring] { text(path)?.split(separator: "\n") ?? [] }

    /// The first line of a file.
    public func line(_ path: String) -> String? { text(path).map { String($0.prefix { $0 != "\n" }) } }

    /// Names in a folder, sorted.
    public func names(_ folder: String) -> [String] {
        guard let directory = opendir(root + folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether there is such a file, folder or link that leads somewhere.
    public func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

    /// Where a link leads, as it is written.
    public func target(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(root + path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// Mode bits, owner, group and device number of what a path leads to.
    public func status(_ path: String) -> (mode: UInt32, owner: UInt32, group: UInt32, device: UInt64)? {
        var status = stat()
        guard stat(root + path, &status) == 0 else { return nil }
        return (status.st_mode, status.st_uid, status.st_gid, UInt64(status.st_rdev))
    }

    /// Whether this process may read and write it, access control lists included.
    public func mayOpen(_ path: String) -> Bool { faccessat(AT_FDCWD, root + path, R_OK | W_OK, AT_EACCESS) == 0 }
}
