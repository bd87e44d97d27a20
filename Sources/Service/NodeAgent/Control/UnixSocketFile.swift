internal import ForeignFiles
internal import Glibc

/// The place of a socket that is to be served.
enum UnixSocketFile {
    /// Why it cannot be.
    enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// Somebody answers there.
        case inUse(path: String)
        /// Something else than a socket has the name.
        case notASocket(path: String, NotAFile?)
        /// The system refuses.
        case system(path: String, operation: String, code: Int32)

        var description: String {
            switch self {
            case .inUse(let path): "another program serves \(path)"
            case .notASocket(let path, let found):
                "\(path) is \(found?.name ?? "a file"), and only a socket that nobody serves is replaced"
            case .system(let path, let operation, let code): "\(path): \(operation): \(String(cString: strerror(code)))"
            }
        }
    }

    /// Removes a socket that a dead program left. One on which somebody answers stays, and so does anything else.
    static func prepare(_ path: String) throws(Refusal) {
        guard access(path, F_OK) == 0 else {
            guard errno == ENOENT else { throw .system(path: path, operation: "access", code: errno) }
            return
        }
        let found = NotAFile(at: path)
        guard found == .socket else { throw .notASocket(path: path, found) }
        let code = connect(to: path)
        guard code == ECONNREFUSED else {
            if code == 0 || code == EAGAIN { throw .inUse(path: path) }
            throw .system(path: path, operation: "connect", code: code)
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw .system(path: path, operation: "unlink", code: errno) }
    }

    /// 0, or errno. It does not wait.
    private static func connect(to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return ENAMETOOLONG }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        // SAFETY: the address lives through the call, and its size is that of its type.
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
