internal import Glibc

/// Who is at the other end of a Unix socket, as the kernel knows it: since `connect`, or since `listen`.
struct PeerCredentials: Sendable, Hashable {
    /// Process; another one may have its number by now.
    var process: Int32 = 0
    /// User.
    var user: UInt32 = .max
    /// First group.
    var group: UInt32 = .max

    /// Nothing is known.
    init() {}

    /// Those of a connected socket; nil if the kernel does not say.
    init?(of descriptor: Int32) {
        var size = socklen_t(MemoryLayout<Self>.size)
        // SAFETY: the struct lies in memory as the kernel's ucred does: three words of 32 bits.
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &self, &size) == 0,
            size == socklen_t(MemoryLayout<Self>.size)
        else { return nil }
    }
}
