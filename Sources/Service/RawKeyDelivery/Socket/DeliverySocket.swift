/// Where a role of consumers finds the agent, and who may come.
public struct DeliverySocket: Sendable, Hashable {
    /// Path of the socket, at most 107 bytes, in a folder into which only this user may write.
    public var path: String
    /// Users whose connections are taken. All others are closed before they can say anything.
    public var users: Set<UInt32>
    /// Permissions of the file: what keeps strangers from connecting at all.
    public var mode: UInt32
    /// Group of the file, if it is not this process's.
    public var group: UInt32?

    /// A socket.
    public init(path: String, users: Set<UInt32>, mode: UInt32 = 0o600, group: UInt32? = nil) {
        self.path = path
        self.users = users
        self.mode = mode
        self.group = group
    }
}

/// Who came to a socket, and what went out by it.
public struct DeliveryCounters: Sendable, Hashable {
    /// Connections that were taken.
    public var accepted: UInt64 = 0
    /// Connections that were closed because of their user.
    public var strangers: UInt64 = 0
    /// The user of the newest of those.
    public var newestStranger: UInt32?
    /// Connections that were closed because there were too many.
    public var tooMany: UInt64 = 0
    /// Bytes of ciphertext that were handed to the transport.
    public var bytes: UInt64 = 0
    /// Keys that were handed to the transport, again or for the first time.
    public var releases: UInt64 = 0

    /// Nobody.
    public init() {}
}
