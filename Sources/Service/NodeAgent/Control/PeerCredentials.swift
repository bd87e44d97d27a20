public import AuditTrail
internal import Glibc
internal import NIOCore

/// Who is at the other end of a Unix socket, as the kernel noted it at connect: nothing that a client says counts.
public struct PeerCredentials: Sendable, Hashable {
    // SAFETY: the layout of the kernel's `struct ucred`: three numbers of 32 bits in this order.
    /// Process number.
    public var pid: Int32
    /// User number.
    public var uid: UInt32
    /// First group.
    public var gid: UInt32

    /// Somebody.
    public init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }

    /// As the audit log has it.
    public var person: AuditEntry.Person { AuditEntry.Person(uid: uid, pid: pid) }
}

extension PeerCredentials {
    /// Linux's number of SO_PEERCRED on the machines that this runs on.
    private static let option = NIOBSDSocket.Option(rawValue: 17)

    /// Of a connection; nil if it has none, which is nobody.
    static func of(_ channel: any Channel) async -> PeerCredentials? {
        guard let socket = channel as? any SocketOptionProvider else { return nil }
        let credentials: EventLoopFuture<PeerCredentials> = socket.unsafeGetSocketOption(level: .socket, name: option)
        return try? await credentials.get()
    }
}
