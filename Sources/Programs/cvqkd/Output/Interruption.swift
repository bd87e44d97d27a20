import Dispatch
import Foundation
import LinkOperation
import UnitProtocol
import UnitTransport

/// Ctrl-C, SIGTERM and a closed terminal, for commands that leave light on behind them: the first asks the command to
/// end in order, the second quits at once (the units then go dark by their heartbeat time-out).
final class Interruption: Sendable {
    /// What the work is told.
    let end = EndRequest()
    private let place: Int

    init() { place = EndingSignals.shared.add(end) }

    deinit { EndingSignals.shared.remove(place) }

    /// Whether the command shall end.
    var isRequested: Bool { end.isRequested }

    /// Runs what may be cancelled half-way. Throws `.cancelled` errors of the modules if it was.
    func cancellable<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await end.cancellable(body)
    }

    /// Throws if the command was asked to end.
    func throwIfRequested() throws {
        if isRequested { throw CommandFailure(.interrupted, "ended on request") }
    }
}

/// The signals that end a program, and who wants to hear of them. One for the process and for good: libdispatch stops
/// watching a signal when one of its two sources for it goes, and Ctrl-C was then lost for the other.
private final class EndingSignals: Sendable {
    static let shared = EndingSignals()

    private struct Listeners {
        var next = 0
        var requests: [Int: EndRequest] = [:]
        var sources: [any DispatchSourceSignal] = []
    }

    private let listeners = Guarded(Listeners())

    private init() {
        // A reader of our output that has gone must not keep us from putting the light out.
        signal(SIGPIPE, SIG_IGN)
        let registered = DispatchSemaphore(value: 0)
        let signals: [Int32] = [SIGINT, SIGTERM, SIGHUP]
        for number in signals {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in self?.request(number) }
            source.setRegistrationHandler { registered.signal() }
            source.resume()
            listeners.withLock { $0.sources.append(source) }
        }
        // libdispatch begins to watch a little later, on a thread of its own: what came before that was ignored for good.
        for _ in signals { _ = registered.wait(timeout: .now() + 1) }
    }

    func add(_ request: EndRequest) -> Int {
        listeners.withLock { listeners in
            listeners.next += 1
            listeners.requests[listeners.next] = request
            return listeners.next
        }
    }

    func remove(_ place: Int) { listeners.withLock { _ = $0.requests.removeValue(forKey: place) } }

    /// Everybody who listens is told; with nobody left there is nothing to put in order.
    private func request(_ signal: Int32) {
        let requests = listeners.withLock { Array($0.requests.values) }
        guard !requests.isEmpty else { _exit(FailureKind.interrupted.exitCode) }
        // Told first, and written then: standard error may block, and the lights shall go out all the same.
        let counts = requests.map { $0.request() }
        let isSecond = counts.contains { $0 > 1 }
        // A closed terminal is told of by kernel and shell, and `timeout` tells the program and its group: only a person's
        // second Ctrl-C is one.
        if isSecond, signal != SIGINT { return }
        guard !isSecond else {
            Output.note("\nQuitting at once. The units go dark by themselves when they miss the heartbeat (2 s).")
            ErrorWriter.shared.flush(within: .milliseconds(200))
            _exit(FailureKind.interrupted.exitCode)
        }
        Output.note("\nEnding in order; once more quits at once.")
    }
}
