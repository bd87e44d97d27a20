internal import Glibc

/// Standard output for programs whose results must be whole or fail: what `print` could not write is lost without a
/// word.
public enum StandardOutput {
    /// Why a result could not be written.
    public struct Fault: Error, CustomStringConvertible {
        /// errno.
        public var code: Int32
        /// The sentence.
        public var description: String { "standard output: \(String(cString: strerror(code)))" }
    }

    /// Writes a line.
    public static func line(_ text: String) throws(Fault) {
        var rest = Array("\(text)\n".utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Fault(code: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
