internal import Glibc

/// Who this process is, and a group as the machine knows it: what "permission denied" is explained with.
public struct UserIdentity: Sendable, Equatable {
    /// Effective user number.
    public var user: UInt32
    /// Login name; the number in digits if it has none.
    public var name: String
    /// Groups that this login has, the first one included.
    public var groups: Set<UInt32>
    /// Effective capabilities, one bit each.
    public var capabilities: UInt64

    /// The identity that `/proc/self/status` and `/etc/passwd` of a tree tell.
    public init(_ tree: SystemTree) {
        var fields: [Substring: [Substring]] = [:]
        for line in tree.lines("/proc/self/status") {
            let words = line.split { $0 == "\t" || $0 == " " || $0 == ":" }
            if let first = words.first { fields[first] = Array(words.dropFirst()) }
        }
        let user = fields["Uid"]?.dropFirst().first.flatMap { UInt32($0) } ?? geteuid()
        self.user = user
        groups = Set(
            ((fields["Groups"] ?? []) + (fields["Gid"]?.dropFirst().prefix(1) ?? [])).compactMap { UInt32($0) })
        capabilities = fields["CapEff"]?.first.flatMap { UInt64($0, radix: 16) } ?? 0
        name =
            tree.lines("/etc/passwd").lazy.map { $0.split(separator: ":", omittingEmptySubsequences: false) }
            .first { $0.count > 2 && $0[2] == String(user) }.map { String($0[0]) }
            ?? Self.systemName(user, tree) ?? String(user)
    }

    /// Whether it is root.
    public var isRoot: Bool { user == 0 }

    /// Whether it may lock memory without limit (CAP_IPC_LOCK).
    public var mayLockMemory: Bool { capabilities & (1 << 14) != 0 }

    /// Directories (LDAP) know users that no file lists.
    private static func systemName(_ user: UInt32, _ tree: SystemTree) -> String? {
        tree.root.isEmpty ? getpwuid(user).map { String(cString: $0.pointee.pw_name) } : nil
    }
}

/// A group of users.
public struct UserGroup: Sendable, Equatable {
    /// Name.
    public var name: String
    /// Number.
    public var number: UInt32
    /// Names of its members, without those whose first group it is.
    public var members: [String]

    /// The group with a name; nil if there is none.
    public static func named(_ name: String, in tree: SystemTree) -> UserGroup? {
        listed(in: tree) { $0.name == name } ?? (tree.root.isEmpty ? UserGroup(getgrnam(name)) : nil)
    }

    /// The group with a number; nil if there is none.
    public static func numbered(_ number: UInt32, in tree: SystemTree) -> UserGroup? {
        listed(in: tree) { $0.number == number } ?? (tree.root.isEmpty ? UserGroup(getgrgid(number)) : nil)
    }

    private static func listed(in tree: SystemTree, where matches: (UserGroup) -> Bool) -> UserGroup? {
        for line in tree.lines("/etc/group") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > 3, let number = UInt32(fields[2]) else { continue }
            let group = UserGroup(
                name: String(fields[0]), number: number, members: fields[3].split(separator: ",").map(String.init))
            if matches(group) { return group }
        }
        return nil
    }

    private init(name: String, number: UInt32, members: [String]) {
        self.name = name
        self.number = number
        self.members = members
    }

    private init?(_ entry: UnsafeMutablePointer<group>?) {
        guard let entry else { return nil }
        var members: [String] = []
        var next = entry.pointee.gr_mem
        while let member = next?.pointee {
            members.append(String(cString: member))
            next = next?.advanced(by: 1)
        }
        self.init(name: String(cString: entry.pointee.gr_name), number: entry.pointee.gr_gid, members: members)
    }
}
