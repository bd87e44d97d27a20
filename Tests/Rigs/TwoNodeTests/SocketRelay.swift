import Foundation
import Testing

/// Carries bytes between two Unix sockets, until somebody cuts it: a forward, as ssh makes one. It is socat's.
final class SocketRelay {
    private let process = Process()

    /// Waits for one peer at `to` and connects it with who waits at `from`.
    init(from: String, to: String) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["socat", "UNIX-LISTEN:\(to)", "UNIX-CONNECT:\(from),retry=400,interval=0.05"]
        try process.run()
    }

    func cut() { kill(process.processIdentifier, SIGKILL) }

    deinit { if process.isRunning { cut() } }
}
