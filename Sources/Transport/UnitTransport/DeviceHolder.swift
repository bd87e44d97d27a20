internal import Glibc

/// Finds out which process has a device node open, so that "busy" can say by whom.
public enum DeviceHolder {
    /// Name and number of each process other than this one that has `path` open, as far as /proc lets us see: on USB
    /// several may have a node open, and the kernel does not tell which of them claims it. Nil if none is seen; without
    /// root, processes of other users are not.
    public static func find(_ path: String) -> String? {
        let holders = others(path)
        guard !holders.isEmpty else {
            return geteuid() == 0 ? nil : "another user's program ('sudo cvqkd list' names it)"
        }
        return holders.joined(separator: " or ")
    }

    /// The same as a list: who reads a line beside this process takes bytes from it.
    public static func others(_ path: String) -> [String] {
        guard let target = realpath(path, nil) else { return [] }
        defer { free(target) }
        let (wanted, tree) = (String(cString: target), SystemTree.running)
        return tree.names("/proc").compactMap { Int32($0) }.sorted().filter { pid in
            let folder = "/proc/\(pid)/fd"
            return pid != getpid() && tree.names(folder).contains { tree.target("\(folder)/\($0)") == wanted }
        }.map { "\(tree.line("/proc/\($0)/comm") ?? "process") (pid \($0))" }
    }
}
