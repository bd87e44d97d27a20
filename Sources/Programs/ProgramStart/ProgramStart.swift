internal import Glibc

/// What every program does before anything else: its first statement.
public enum ProgramStart {
    /// Puts right what the caller left, or ends the program with exit code 64 and a sentence.
    ///
    /// `threads` are those that the program cannot do without: the runtime's pool, and a unit's own. The runtime waits
    /// silently for a thread that the system does not give.
    public static func begin(threads: Int = 0) {
        openStandardDescriptors()
        if let fault = unreadableText() { end(fault, 64) }
        let given = ThreadTrial.threads(upTo: threads)
        guard given < threads else { return }
        end(
            "the system gives this program \(given) of the \(threads) threads that it needs. Raise the limit of processes "
                + "(ulimit -u, TasksMax= of a service), or end other programs", 1)
    }

    private static func end(_ fault: String, _ code: Int32) -> Never {
        let sentence = Array("Error: \(fault)\n".utf8)
        _ = sentence.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(code)
    }

    /// Opens on /dev/null what is closed of 0, 1 and 2. Otherwise the next file that is opened gets the number, and
    /// what is meant for a terminal is written into it: a unit's line, a record. Standard output is opened for reading: a
    /// result that nobody can get is a failure.
    static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The lowest free number is taken, so it is this one.
            _ = open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR)
        }
    }

    /// Variables whose values become names of files.
    private static func namesFiles(_ variable: String) -> Bool {
        variable.hasPrefix("CVQKD_") || variable.hasPrefix("XDG_") || ["HOME", "TMPDIR"].contains(variable)
    }

    /// An argument, or a variable that names a folder, that is not UTF-8; nil if all are. A text of Swift's would have
    /// other bytes, and would name another file.
    private static func unreadableText() -> String? {
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index], !isText(argument) else { continue }
            return "argument \(index), '\(escaped(argument))', is not UTF-8. Rename the file, or name it through a link"
        }
        var entry = environ
        while let variable = entry.pointee {
            entry += 1
            guard !isText(variable) else { continue }
            let shown = escaped(variable)
            let name = String(shown.prefix { $0 != "=" })
            if namesFiles(name) { return "the variable \(name), '\(shown.dropFirst(name.count + 1))', is not UTF-8" }
        }
        return nil
    }

    private static func isText(_ bytes: UnsafePointer<CChar>) -> Bool {
        let length = strlen(bytes)
        // SAFETY: the bytes of the argument, which stay as they are as long as the program runs.
        return bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(validating: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self) != nil
        }
    }

    /// As a shell would write it: what is not printable ASCII as \xNN.
    private static func escaped(_ bytes: UnsafePointer<CChar>) -> String {
        (0..<strlen(bytes)).map { index in
            let byte = UInt8(bitPattern: bytes[index])
            guard !(0x20..<0x7F).contains(byte) else { return String(UnicodeScalar(byte)) }
            return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
