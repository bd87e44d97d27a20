import Foundation
import NodeAgent
import ReadableText

/// Lines on standard error. systemd adds time and name.
enum AgentLog {
    /// Whether a line of one level is shown where another is wanted.
    static func shows(_ level: AgentConfiguration.LogLevel, at wanted: AgentConfiguration.LogLevel) -> Bool {
        let order = AgentConfiguration.LogLevel.allCases
        return (order.firstIndex(of: level) ?? 0) <= (order.firstIndex(of: wanted) ?? 0)
    }

    /// Writes what happened; each line is harmless on a terminal.
    static func write(_ level: String, _ text: String) {
        for line in text.split(separator: "\n") {
            let bytes = Array("\(level): \(VisibleText.of(line))\n".utf8)
            // What cannot be written is lost: nobody's key depends on it.
            _ = bytes.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
    }
}
