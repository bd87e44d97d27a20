internal import Glibc

/// Finds out which process has a device node open, so that "busy" can say by whom.
public enum DeviceHolder {
    /// Name and number of a process other than this one that has `path` open, as far as /proc lets us see.
    public static func find(_ path: String) -> String? {
        guard let target = realpath(path, nil) else { return nil }
        defer { free(target) }
        let wanted = String(cString: target)
        for pid in entries("/proc").compactMap({ Int32($0) }).sorted() where pid != getpid() {
            let folder = "/proc/\(pid)/fd"
            if entries(folder).contains(where: { link("\(folder)/\($0)") == wanted }) {
                return "\(name(of: pid)) (pid \(pid))"
            }
        }
        return nil
    }

    private static func entries(_ folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 512)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func name(of pid: Int32) -> String {
        guard let file = fopen("/proc/\(pid)/comm", "r") else { return "process" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, 64, file) != nil else { return "process" }
        let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
