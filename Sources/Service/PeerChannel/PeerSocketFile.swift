internal import DurableFiles
internal import ForeignFiles
internal import Glibc

/// A Unix socket in its file. Only its user may connect: the file has mode 0600, and nobody else may write to its folder.
struct PeerSocketFile: Sendable {
    let path: String
    /// The bound socket, which listens as soon as somebody takes it over.
    let descriptor: Int32
    private let device: UInt64
    private let inode: UInt64

    /// Makes the file. One that is left of a program that has ended is taken over; nobody answers on it.
    static func make(_ path: String) throws(PeerChannelError) -> PeerSocketFile {
        try requireFolder(of: path)
        let made: Result<PeerSocketFile, PeerChannelError>
        do throws(ForeignFileRefusal) {
            // Two that find the same left-over must not both remove it.
            let lock = try LockFile(path + ".lock", .exclusive)
            if try lock.take() {
                made = Result { () throws(PeerChannelError) in try PeerSocketFile(path) }
                lock.release()
            } else {
                made = .failure(.inUse(.unix(path: path)))
            }
        } catch {
            throw .file(error)
        }
        return try made.get()
    }

    private init(_ path: String) throws(PeerChannelError) {
        let address = PeerAddress.unix(path: path)
        try Self.clear(path)
        let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard made >= 0 else { throw .cannotListen(address, reason: String(cString: strerror(errno))) }
        // Nobody can connect before somebody listens, and that is after its mode is set.
        guard Self.call(path, { bind(made, $0, $1) }) == 0, chmod(path, 0o600) == 0,
            let facts = ForeignFileFacts(named: path)
        else {
            let code = errno
            close(made)
            throw .cannotListen(address, reason: String(cString: strerror(code)))
        }
        (self.path, descriptor) = (path, made)
        (device, inode) = (facts.device, facts.inode)
    }

    /// Removes what a dead listener has left.
    private static func clear(_ path: String) throws(PeerChannelError) {
        let address = PeerAddress.unix(path: path)
        guard let facts = ForeignFileFacts(named: path) else { return }
        guard NotAFile(at: path) == .socket else {
            throw .cannotListen(address, reason: "something else than a socket lies there")
        }
        guard facts.owner == geteuid() || geteuid() == 0 else {
            throw .file(.ofAnotherUser(path, owner: facts.owner))
        }
        guard !isAnswered(path) else { throw .inUse(address) }
        unlink(path)
    }

    /// Removes the file, unless another has its name by now.
    func remove() {
        if let facts = ForeignFileFacts(named: path), facts.device == device, facts.inode == inode { unlink(path) }
    }

    /// Refuses a folder in which others could put a socket of theirs in the place of ours.
    static func requireFolder(of path: String) throws(PeerChannelError) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { throw .file(.notAName(path)) }
        do throws(ForeignFileRefusal) {
            let folder = try ForeignFolder(slash == path.startIndex ? "/" : String(path[..<slash]))
            try folder.requireWriters(.owner)
            try folder.requireOwner(geteuid(), 0)
        } catch {
            throw .file(error)
        }
    }

    /// Whether somebody listens.
    private static func isAnswered(_ path: String) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return true }
        defer { close(probe) }
        guard call(path, { connect(probe, $0, $1) }) != 0 else { return true }
        return errno != ECONNREFUSED && errno != ENOENT
    }

    private static func call(_ path: String, _ function: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        // SAFETY: a sockaddr_un begins as a sockaddr does; the pointer is used during the call only.
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
