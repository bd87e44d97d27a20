internal import Glibc
public import NodeReports

/// Why an agent was not asked, or does not do what it was asked.
public enum AgentClientFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nobody answers on the socket, or there is none.
    case notRunning(socket: String, code: Int32)
    /// The socket may not be opened.
    case noPermission(socket: String)
    /// The agent went away, or closed the connection, before it had answered.
    case gone(socket: String)
    /// No answer in time.
    case timedOut(socket: String)
    /// The agent refuses, in its own words.
    case refused(FailureReport)
    /// What answers is not an agent, or one of another version.
    case garbled(socket: String, reason: String)
    /// Any other refusal of the system.
    case system(socket: String, operation: String, code: Int32)

    /// The fact in a sentence.
    public var description: String {
        switch self {
        case .notRunning(let socket, let code): "no agent answers at \(socket): \(String(cString: strerror(code)))"
        case .noPermission(let socket): "\(socket) may not be opened by this user"
        case .gone(let socket): "the agent at \(socket) closed the connection before it had answered"
        case .timedOut(let socket): "the agent at \(socket) does not answer in time"
        case .refused(let report): report.message
        case .garbled(let socket, let reason):
            "what answers at \(socket) is not an agent that this program knows: \(reason)"
        case .system(let socket, let operation, let code):
            "\(socket): \(operation): \(String(cString: strerror(code)))"
        }
    }
}
