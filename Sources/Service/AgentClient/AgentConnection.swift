internal import Glibc

/// A connection to a Unix socket, for one question and its answer.
struct AgentConnection: ~Copyable {
    private let socket: String
    private let descriptor: Int32

    init(_ path: String, timeout seconds: Int) throws(AgentClientFailure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, !bytes.contains(0), bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .system(socket: path, operation: "connect", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let opened = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard opened >= 0 else { throw .system(socket: path, operation: "socket", code: errno) }
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(opened, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        // SAFETY: the address lives through the call, and its size is that of its type.
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(opened, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(opened)
            switch code {
            case ENOENT, ECONNREFUSED, ENOTDIR, ENOTSOCK: throw .notRunning(socket: path, code: code)
            case EACCES, EPERM: throw .noPermission(socket: path)
            case EAGAIN: throw .timedOut(socket: path)
            default: throw .system(socket: path, operation: "connect", code: code)
            }
        }
        socket = path
        descriptor = opened
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws(AgentClientFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("send") }
            rest = rest.dropFirst(count)
        }
    }

    /// All that comes until the other side closes.
    func receive(atMost limit: Int) throws(AgentClientFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 && errno == EINTR { continue }
            // A refusal may be followed by a reset, where the agent did not read all that was sent.
            if count == 0 || (count < 0 && errno == ECONNRESET && !bytes.isEmpty) { return bytes }
            guard count > 0 else { throw failure("receive") }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw .garbled(socket: socket, reason: "its answer is longer than \(limit) bytes")
            }
        }
    }

    private func failure(_ operation: String) -> AgentClientFailure {
        switch errno {
        case EAGAIN: .timedOut(socket: socket)
        case EPIPE, ECONNRESET: .gone(socket: socket)
        case let code: .system(socket: socket, operation: operation, code: code)
        }
    }
}
