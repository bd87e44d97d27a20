import Foundation
import NodeReports
import ReadableText

/// Results go to standard output, everything else to standard error. People get pages, in which nothing of foreign origin
/// can do anything to their terminal; programs get documents, as they are.
enum Output {
    /// Prints a result. Throws if it cannot be written: a script must not take half a table for a whole one.
    static func line(_ page: Page) throws { try document(page.text(columns: terminalColumns(STDOUT_FILENO)) + "\n") }

    /// Writes a document for a program, as it is: JSON, CSV, HTML, a key, a schema.
    static func document(_ text: String) throws {
        // What was said on the way stands before it.
        ErrorWriter.shared.flush()
        guard write(harmless(text), to: STDOUT_FILENO) else {
            throw CommandFailure(.failure, "standard output: \(String(cString: strerror(errno)))")
        }
    }

    /// On a terminal documents are read by a person, whoever made what stands in them.
    private static func harmless(_ text: String) -> String {
        isatty(STDOUT_FILENO) == 1 ? VisibleText.lines(of: text) : text
    }

    /// How wide standard output is: the terminal's width, or 80 in a file.
    static var columns: Int { terminalColumns(STDOUT_FILENO) ?? 80 }

    /// The width of the terminal behind a descriptor; nil if there is none. One that does not say how wide it is has 80.
    static func terminalColumns(_ descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }

    /// Prints a result while light is on, a page or a document in one line. A reader that does not read for so long is as
    /// good as none.
    static func line(_ page: Page, within seconds: Int32) throws {
        try document(page.text(columns: terminalColumns(STDOUT_FILENO)) + "\n", within: seconds)
    }

    /// The same for a program.
    static func document(_ text: String, within seconds: Int32) throws {
        guard write(harmless(text), to: STDOUT_FILENO, within: seconds) else {
            throw CommandFailure(
                .failure,
                errno == ETIMEDOUT
                    ? "standard output: nobody has read it for \(seconds) s"
                    : "standard output: \(String(cString: strerror(errno)))")
        }
    }

    /// Prints something for the person who watches. What cannot be written is lost: no unit shall stay lit for that.
    static func note(_ page: Page) {
        ErrorWriter.shared.write(page.text(columns: terminalColumns(STDERR_FILENO)) + "\n")
    }

    /// Writes as it is. With a limit it waits at most so long for room, and fails with ETIMEDOUT.
    static func write(_ text: String, to descriptor: Int32, within seconds: Int32? = nil) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            // A pipe that has room takes this much without waiting.
            let part = seconds == nil ? bytes : bytes.prefix(Int(PIPE_BUF))
            if let seconds {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&room, 1, 1_000 * seconds) != 0 else {
                    errno = ETIMEDOUT
                    return false
                }
            }
            let count = part.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// A value as JSON for scripts: sorted keys, SI units.
    static func json(_ value: some Encodable, pretty: Bool = true) throws -> String {
        try ReportJSON.text(value, pretty: pretty)
    }

    /// Prints a page, or JSON if it was asked for.
    static func show(_ page: @autoclosure () -> Page, json value: some Encodable, if wanted: Bool) throws {
        if wanted { try document(json(value) + "\n") } else { try line(page()) }
    }
}
