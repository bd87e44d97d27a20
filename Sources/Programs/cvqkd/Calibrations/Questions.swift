import Foundation
import ReadableText

/// Questions to the person at the terminal. Without a terminal nobody is asked, and nothing hangs.
struct Questions: Sendable {
    let interruption: Interruption

    /// Whether there is somebody to ask.
    static var areAnswered: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// One line of answer; nil at the end of input. Ctrl-C ends the wait. What was typed before the question stood there is no
    /// answer to it.
    func ask(_ question: Page) async throws -> String? {
        try await ErrorWriter.shared.asking(question.text + " ") {
            tcflush(STDIN_FILENO, TCIFLUSH)
            try await interruption.waitForInput()
            return readLine().map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// Yes or no; only a yes is a yes.
    func confirm(_ question: Page) async throws -> Bool {
        while true {
            guard let answer = try await ask("\(question) [y/n]")?.lowercased() else { return false }
            if ["y", "yes"].contains(answer) { return true }
            if ["n", "no"].contains(answer) { return false }
            Output.note("y or n, please.")
        }
    }

    /// A number in one of these units; nil for an empty line if that is allowed. Whether it can be is for whoever asks.
    func number(_ question: Page, _ units: [TypedNumber.Unit], optional: Bool) async throws -> Double? {
        while true {
            guard let answer = try await ask(question) else { throw CommandFailure(.interrupted, "no answer") }
            if answer.isEmpty && optional { return nil }
            do throws(TypedNumber.Refusal) { return try TypedNumber.read(answer, units) } catch {
                Output.note("\(error).")
            }
        }
    }
}

extension Interruption {
    /// Waits until somebody has typed a line, which may take an hour: no thread waits, for heartbeats need them. Ctrl-C ends it.
    func waitForInput() async throws {
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 0) <= 0 {
            try throwIfRequested()
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
