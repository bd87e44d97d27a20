internal import Foundation

/// A process that can be recognised again: a number alone is given to another one sooner or later.
public struct ProcessIdentity: Codable, Equatable, Sendable {
    /// Process number.
    public var pid: Int32
    /// Name as the kernel shows it.
    public var program: String
    /// Kernel clock ticks from boot to its start.
    public var startTicks: UInt64

    /// This process.
    public static var current: ProcessIdentity {
        find(getpid()) ?? ProcessIdentity(pid: getpid(), program: "cvqkd", startTicks: 0)
    }

    /// The process with a number; nil if there is none, or only its remains.
    public static func find(_ pid: Int32) -> ProcessIdentity? {
        // "pid (name) state ppid …"; the name may contain anything, so the fields count from the last parenthesis.
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let ticks = UInt64(fields[19]) else { return nil }
        return ProcessIdentity(pid: pid, program: String(text[text.index(after: open)..<close]), startTicks: ticks)
    }

    /// Whether this process still runs.
    public var isAlive: Bool { Self.find(pid) == self }
}
