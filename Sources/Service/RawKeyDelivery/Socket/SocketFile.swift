internal import ForeignFiles
internal import Glibc
internal import UnitTransport

/// A listening Unix socket in a folder that is this user's. Its file is there while this value is, and nobody else's is ever
/// taken away.
struct SocketFile: ~Copyable {
    private let path: String
    private let node: (device: dev_t, number: ino_t)
    private let descriptor: Int32

    /// Listens.
    ///
    /// A file that somebody left is taken over if nobody answers on it.
    init(_ socket: DeliverySocket) throws(DeliveryError) {
        let path = socket.path
        guard path.utf8.count <= 107, !path.utf8.contains(0) else { throw .pathTooLong(path) }
        let folder = Self.folder(of: path)
        let lock = try Self.lock(folder)
        // Whoever wants to take over a file in this folder waits until this is done.
        defer { close(lock) }
        try Self.clear(path)

        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(step: "socket", path: path, code: errno) }
        do throws(DeliveryError) {
            // Linux makes the file with the socket's own mode: nobody can connect before it has its final one.
            guard fchmod(descriptor, 0o600) == 0 else { throw .system(step: "fchmod", path: path, code: errno) }
            guard Self.withAddress(path, { bind(descriptor, $0, $1) }) == 0 else {
                throw .system(step: "bind", path: path, code: errno)
            }
            if let group = socket.group, chown(path, uid_t.max, group) != 0 {
                throw .system(step: "chown", path: path, code: errno)
            }
            guard chmod(path, mode_t(socket.mode)) == 0 else { throw .system(step: "chmod", path: path, code: errno) }
            guard listen(descriptor, 16) == 0 else { throw .system(step: "listen", path: path, code: errno) }
            var status = stat()
            guard lstat(path, &status) == 0 else { throw .system(step: "lstat", path: path, code: errno) }
            guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else { throw .notASocket(path) }
            node = (status.st_dev, status.st_ino)
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// A second descriptor of the listening socket, for somebody who closes it.
    func duplicate() throws(DeliveryError) -> Int32 {
        let second = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard second >= 0 else { throw .system(step: "fcntl", path: path, code: errno) }
        return second
    }

    deinit {
        close(descriptor)
        var status = stat()
        // Another server may have its own there by now.
        guard lstat(path, &status) == 0, status.st_dev == node.device, status.st_ino == node.number else { return }
        unlink(path)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The folder, locked, if only this user may change what is in it.
    private static func lock(_ folder: String) throws(DeliveryError) -> Int32 {
        do throws(ForeignFileRefusal) {
            let opened = try ForeignFolder(folder)
            try opened.requireOwner(geteuid(), 0)
            try opened.requireWriters(.owner)
        } catch { throw .unsafeFolder(folder, reason: "\(error)") }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(step: "open", path: folder, code: errno) }
        guard flock(descriptor, LOCK_EX) == 0 else {
            let code = errno
            close(descriptor)
            throw .system(step: "flock", path: folder, code: code)
        }
        return descriptor
    }

    /// Removes a socket on which nobody answers.
    private static func clear(_ path: String) throws(DeliveryError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .system(step: "lstat", path: path, code: errno) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let probe = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .system(step: "socket", path: path, code: errno) }
        defer { close(probe) }
        if withAddress(path, { connect(probe, $0, $1) }) == 0 {
            throw .inUse(path, holder: holder(PeerCredentials(of: probe)))
        }
        switch errno {
        case ECONNREFUSED: break
        // Its queue is full: somebody listens, and is slow.
        case EAGAIN: throw .inUse(path, holder: holder(nil))
        default: throw .system(step: "connect", path: path, code: errno)
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw .system(step: "unlink", path: path, code: errno) }
    }

    private static func holder(_ credentials: PeerCredentials?) -> String {
        guard let credentials, credentials.process > 0 else { return "another program" }
        let name = SystemTree.running.line("/proc/\(credentials.process)/comm") ?? "process"
        return "\(name) (pid \(credentials.process))"
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            // At most 107 bytes, which the caller has asked for: a zero stays behind them.
            place.copyBytes(from: path.utf8.prefix(place.count - 1))
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
