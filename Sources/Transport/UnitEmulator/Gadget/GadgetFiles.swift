internal import Glibc

/// The file operations that the kernel's gadget interface consists of, with typed errors.
enum GadgetFiles {
    static func makeDirectory(_ path: String) throws(GadgetError) {
        guard mkdir(path, 0o755) == 0 else { throw failure("mkdir", path) }
    }

    /// Makes a directory and those above it; one that is there is fine.
    static func makeDirectories(_ path: String) throws(GadgetError) {
        var built = ""
        for part in path.split(separator: "/") {
            built += "/\(part)"
            if mkdir(built, 0o755) != 0 && errno != EEXIST { throw failure("mkdir", built) }
        }
    }

    /// Writes an attribute in one call, as configfs wants it.
    static func write(_ text: String, to path: String) throws(GadgetError) {
        let code = attempt(text, to: path)
        guard code == 0 else {
            throw code == EACCES || code == EPERM
                ? .notRoot(path: path) : .system(call: "write", path: path, code: code)
        }
    }

    /// The same; returns 0 or errno.
    static func attempt(_ text: String, to path: String) -> Int32 {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return errno }
        defer { close(file) }
        return Glibc.write(file, text, text.utf8.count) >= 0 ? 0 : errno
    }

    /// What a short file holds, without white space at its end; nil if it cannot be read.
    static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        var text = String(decoding: bytes[..<count], as: UTF8.self)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// Names in a directory, sorted; none if it is not there.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func failure(_ call: String, _ path: String) -> GadgetError {
        let code = errno
        return code == EACCES || code == EPERM || code == EROFS
            ? .notRoot(path: path) : .system(call: call, path: path, code: code)
    }
}

/// A descriptor that is closed with its owner.
struct OwnedFile: ~Copyable {
    let number: Int32

    /// Opens for reading and writing without waiting.
    init(_ path: String) throws(GadgetError) {
        number = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw GadgetFiles.failure("open", path) }
    }

    deinit { if number >= 0 { close(number) } }
}
