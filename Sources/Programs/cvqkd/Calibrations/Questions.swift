import Foundation
import ReadableText

/// Questions to the person at the terminal. Without a terminal nobody is asked, and nothing hangs.
struct Questions: Sendable {
    let interruption: Interruption

    /// Whether there is somebody to ask.
    static var areAnswered: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// One line of answer; nil at the end of input. Ctrl-C ends the wait.
    func ask(_ question: Page) throws -> String? {
        try ErrorWriter.shared.asking(question.text + " ") {
            var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            while poll(&waiting, 1, 100) <= 0 { try interruption.throwIfRequested() }
            return readLine().map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// Yes or no; only a yes is a yes.
    func confirm(_ question: Page) throws -> Bool {
        while true {
            guard let answer = try ask("\(question) [y/n]")?.lowercased() else { return false }
            if ["y", "yes"].contains(answer) { return true }
            if ["n", "no"].contains(answer) { return false }
        }
    }

    /// A number within a range; nil for an empty line if that is allowed.
    func number(_ question: Page, _ range: ClosedRange<Double>, optional: Bool) throws -> Double? {
        while true {
            guard let answer = try ask(question) else { throw CommandFailure(.interrupted, "no answer") }
            if answer.isEmpty && optional { return nil }
            if let number = Double(answer.replacing(",", with: ".")), range.contains(number) { return number }
            Output.note(
                "A number from \(NumberText.stated(range.lowerBound)) to \(NumberText.stated(range.upperBound)).")
        }
    }
}
