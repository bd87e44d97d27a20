import Foundation
import ReadableText
import UnitTransport

/// The line on standard error that tells how far a running command is. On a terminal it is written over itself and fits
/// into one line; in a log it appears every five seconds.
final class LiveLine: Sendable {
    /// A part of it. Where there is no room for all, the least important are left out.
    struct Field: Sendable {
        var text: String
        var importance: Table.Importance

        init(_ text: String, _ importance: Table.Importance = .essential) {
            self.text = text
            self.importance = importance
        }
    }

    private struct State {
        var isOpen = false
        var lastLine: ContinuousClock.Instant?
    }

    static let logInterval: Duration = .seconds(5)
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Guarded(State())

    /// Replaces the line.
    func show(_ page: Page) { show([Field(page.line)]) }

    /// The same, of several parts.
    func show(_ fields: [Field]) {
        state.withLock { state in
            if isTerminal {
                state.isOpen = true
                let columns = (Output.terminalColumns(STDERR_FILENO) ?? 80) - 1
                ErrorWriter.shared.write("\r\u{1B}[K" + Self.text(fields, columns: columns))
                return
            }
            let now = ContinuousClock.now
            if let last = state.lastLine, now - last < Self.logInterval { return }
            state.lastLine = now
            ErrorWriter.shared.write(Self.text(fields, columns: nil) + "\n")
        }
    }

    /// Prints something that stays, in the place of the line.
    func note(_ page: Page) {
        state.withLock { state in
            let text = page.text(columns: Output.terminalColumns(STDERR_FILENO))
            ErrorWriter.shared.write((state.isOpen ? "\r\u{1B}[K" : "") + text + "\n")
            state.isOpen = false
            // What follows a note is news: in a log, its first line comes after a second.
            state.lastLine = .now - Self.logInterval + .seconds(1)
        }
    }

    /// Leaves the line as it is and goes on below it.
    func end() {
        state.withLock { state in
            if state.isOpen { ErrorWriter.shared.write("\n") }
            state.isOpen = false
        }
    }

    /// In so many columns, at most.
    static func text(_ fields: [Field], columns: Int?) -> String {
        var shown = fields.map { Field(VisibleText.of($0.text), $0.importance) }
        func line() -> String { shown.map(\.text).joined(separator: "  ") }
        guard let columns else { return line() }
        while TextWidth.of(line()) > columns, let least = shown.map(\.importance).min(), least < .essential,
            let index = shown.lastIndex(where: { $0.importance == least })
        {
            shown.remove(at: index)
        }
        return TextWrap.beginning(line(), columns)
    }
}
