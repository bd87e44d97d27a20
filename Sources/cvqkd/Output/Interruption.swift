import Dispatch
import Foundation
import UnitTransport

/// Ctrl-C, SIGTERM and a closed terminal, for commands that leave light on behind them: the first asks the command to
/// end in order, the second quits at once (the units then go dark by their heartbeat time-out).
final class Interruption: Sendable {
    private struct State {
        var requests = 0
        var cancel: (@Sendable () -> Void)?
        var sources: [any DispatchSourceSignal] = []
    }

    private let state = Guarded(State())

    init() {
        // A reader of our output that has gone must not keep us from putting the light out.
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in self?.request() }
            source.resume()
            state.withLock { $0.sources.append(source) }
        }
    }

    /// Whether the command shall end.
    var isRequested: Bool { state.withLock { $0.requests > 0 } }

    private func request() {
        let (count, cancel) = state.withLock { state in
            state.requests += 1
            return (state.requests, state.cancel)
        }
        guard count < 2 else {
            Output.note("\nQuitting at once. The units go dark by themselves when they miss the heartbeat (2 s).")
            _exit(FailureKind.interrupted.exitCode)
        }
        Output.note("\nEnding in order; once more quits at once.")
        cancel?()
    }

    /// Runs what may be cancelled half-way. Throws `.cancelled` errors of the modules if it was.
    func cancellable<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await body() }
        let isLate = state.withLock { state in
            state.cancel = { task.cancel() }
            return state.requests > 0
        }
        if isLate { task.cancel() }
        defer { state.withLock { $0.cancel = nil } }
        return try await task.value
    }

    /// Waits; returns early if the command shall end.
    func pause(_ duration: Duration) async {
        _ = try? await cancellable { try await Task.sleep(for: duration) }
    }

    /// Throws if the command was asked to end.
    func throwIfRequested() throws {
        if isRequested { throw CommandFailure(.interrupted, "ended on request") }
    }
}
