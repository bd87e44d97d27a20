import Foundation
import UnitTransport

/// The line on standard error that tells how far a running command is. On a terminal it is written over itself; in a
/// log it appears every five seconds.
final class LiveLine: Sendable {
    private struct State {
        var isOpen = false
        var lastLine: ContinuousClock.Instant?
    }

    static let logInterval: Duration = .seconds(5)
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Guarded(State())

    /// Replaces the line.
    func show(_ text: String) {
        state.withLock { state in
            if isTerminal {
                state.isOpen = true
                ErrorWriter.shared.write("\r\u{1B}[K" + text.prefix(Self.columns - 1))
                return
            }
            let now = ContinuousClock.now
            if let last = state.lastLine, now - last < Self.logInterval { return }
            state.lastLine = now
            Output.note(text)
        }
    }

    /// Prints a line that stays, in the place of the live one.
    func note(_ text: String) {
        state.withLock { state in
            Output.note((state.isOpen ? "\r\u{1B}[K" : "") + text)
            state.isOpen = false
            // What follows a note is news: in a log, its first line comes after a second.
            state.lastLine = .now - Self.logInterval + .seconds(1)
        }
    }

    /// Leaves the line as it is and goes on below it.
    func end() {
        state.withLock { state in
            if state.isOpen { Output.note("") }
            state.isOpen = false
        }
    }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 100 }
        return Int(size.ws_col)
    }
}
