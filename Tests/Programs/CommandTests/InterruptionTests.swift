import Foundation
import Testing

@testable import cvqkd

/// Ctrl-C, in a process of its own.
struct InterruptionTests {
    /// With a signal source for each, libdispatch took the signals away from the first when the second went.
    @Test func `an interruption that goes leaves Ctrl-C to the one that stays`() async {
        await #expect(processExitsWith: .success) {
            let stays = Interruption()
            for _ in 0..<3 {
                var goes: Interruption? = Interruption()
                precondition(goes?.isRequested == false)
                goes = nil
            }
            kill(getpid(), SIGINT)
            for _ in 0..<100 where !stays.isRequested { try await Task.sleep(for: .milliseconds(20)) }
            exit(stays.isRequested ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    @Test func `both hear of it, and the second signal quits at once`() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let (one, other) = (Interruption(), Interruption())
            kill(getpid(), SIGTERM)
            for _ in 0..<100 where !(one.isRequested && other.isRequested) {
                try await Task.sleep(for: .milliseconds(20))
            }
            guard one.isRequested, other.isRequested else { exit(EXIT_FAILURE) }
            kill(getpid(), SIGINT)
            // The signal ends this process; if it does not within this time, it never will.
            try await Task.sleep(for: .seconds(5))
            exit(EXIT_FAILURE)
        }
    }

    /// A terminal that is closed is told of by the kernel and by the shell; `timeout` tells the program and its group.
    @Test(arguments: [SIGHUP, SIGTERM]) func `a signal that comes twice by itself is no second Ctrl-C`(number: Int32)
        async
    {
        await #expect(processExitsWith: .success) { [number] in
            let work = Interruption()
            kill(getpid(), number)
            for _ in 0..<100 where !work.isRequested { try await Task.sleep(for: .milliseconds(20)) }
            guard work.isRequested else { exit(EXIT_FAILURE) }
            kill(getpid(), number)
            // Time enough to be quit.
            try await Task.sleep(for: .milliseconds(500))
            exit(EXIT_SUCCESS)
        }
    }
}
