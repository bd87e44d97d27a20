internal import Glibc

/// Paths of lines and nodes, as the system knows them.
public enum DevicePath {
    /// The path without links: announced lines are links. As it is if it leads nowhere.
    public static func canonical(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether there is something at the path.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether this process has it open: a pair's other unit, which would be disturbed by being asked.
    static func isOpenHere(_ path: String) -> Bool {
        let wanted = canonical(path)
        guard let directory = opendir("/proc/self/fd") else { return false }
        defer { closedir(directory) }
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let count = readlink("/proc/self/fd/\(name)", &target, target.count)
            guard count > 0 else { continue }
            if String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) == wanted { return true }
        }
        return false
    }

    /// How long udev's rules may take after a plug event: the kernel makes the node before udev gives it its group.
    static let settlingTime: Duration = .seconds(2)

    /// Whether a node is younger than that. By the wall clock, which is what nodes are stamped with.
    static func isJustPlugged(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && time(nil) - status.st_ctim.tv_sec <= 2
    }
}
