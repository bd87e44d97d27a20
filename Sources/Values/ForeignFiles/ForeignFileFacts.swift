internal import Glibc

/// What the system says of an open file: for whoever has to know who could have written it.
public struct ForeignFileFacts: Sendable, Hashable {
    /// Bytes.
    public let size: Int64
    /// User to whom it belongs.
    public let owner: UInt32
    /// Group to which it belongs.
    public let group: UInt32
    /// Permissions: the lower twelve bits of its mode.
    public let permissions: UInt32
    /// File system on which it lies.
    public let device: UInt64
    /// Number that it has there.
    public let inode: UInt64

    /// Of whatever has a name, a link itself and not what it names; nil if nothing has it, or it cannot be told.
    ///
    /// Modules that see both Foundation and swift-crypto cannot name `stat` themselves: the compiler takes it for
    /// CoreFoundation's.
    public init?(named path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        size = Int64(status.st_size)
        owner = status.st_uid
        group = status.st_gid
        permissions = status.st_mode & 0o7777
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Whether others than its owner, and root, may write to it.
    public var isWritableByOthers: Bool { permissions & 0o022 != 0 }
    /// Whether others than its owner, and root, may read it.
    public var isReadableByOthers: Bool { permissions & 0o044 != 0 }
    /// Whether nobody but this user or root could have written it.
    public func isOnly(of user: UInt32) -> Bool { (owner == user || owner == 0) && !isWritableByOthers }
}
