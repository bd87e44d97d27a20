import Dispatch
import Foundation
import UnitTransport

/// Writes to standard error on a thread of its own. A terminal that is stopped (Ctrl-S), or a reader that does not read,
/// must not hold up whoever has light to put out: lines wait here, and what does not fit is left out and counted.
final class ErrorWriter: Sendable {
    static let shared = ErrorWriter()

    /// Lines that wait. More than anybody reads.
    private static let depth = 1_000

    private struct Waiting {
        var count = 0
        var leftOut = 0
    }

    private let waiting = Guarded(Waiting())
    private let queue = DispatchQueue(label: "cvqkd-stderr")

    /// Writes as it is, soon. For `Output` and `LiveLine`, which have made it harmless; everybody else gives them pages.
    func write(_ text: String) {
        let (fits, leftOut) = waiting.withLock { waiting in
            guard waiting.count < Self.depth else {
                waiting.leftOut += 1
                return (false, 0)
            }
            waiting.count += 1
            defer { waiting.leftOut = 0 }
            return (true, waiting.leftOut)
        }
        guard fits else { return }
        queue.async { [waiting] in
            if leftOut > 0 { _ = Output.write("[\(leftOut) lines were left out]\n", to: STDERR_FILENO) }
            _ = Output.write(text, to: STDERR_FILENO)
            waiting.withLock { $0.count -= 1 }
        }
    }

    /// Asks a person something. What others write in the meantime waits for the answer and is not printed into the question.
    func asking<Answer>(_ question: String, _ answer: () async throws -> Answer) async rethrows -> Answer {
        flush()
        queue.suspend()
        defer { queue.resume() }
        _ = Output.write(question, to: STDERR_FILENO)
        return try await answer()
    }

    /// Waits until what was written is out, but not for ever: at the end of a program that nobody listens to.
    func flush(within limit: DispatchTimeInterval = .seconds(2)) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + limit)
    }
}
