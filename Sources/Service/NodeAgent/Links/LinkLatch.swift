internal import DurableFiles
internal import ForeignFiles
internal import Foundation
internal import UnitTransport

/// No free tries: how often a link may begin again after a revocation that could be an attack. On the disk before it
/// counts, so that a restart is no try.
final class LinkLatch: Sendable {
    struct State: Codable, Sendable, Equatable {
        /// Why the link stands still; nil if it does not.
        var reason: String?
        /// When it was latched, Unix time, s.
        var since: Double?
        /// Revocations of the last 24 hours that could be attacks, Unix time, s.
        var revocations: [Double] = []
    }

    /// What follows from a revocation.
    enum Consequence: Sendable, Equatable {
        /// The link stands still until somebody releases it.
        case latched
        /// It goes on by itself after this time.
        case resumes(after: Duration)
    }

    private let path: String
    private let allowed: Int
    private let firstDelay: Duration
    private let latches: Bool
    private let state: Guarded<State>
    private let now: @Sendable () -> Date

    init(
        path: String, allowed: Int, firstDelay: Duration, latches: Bool = true,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        self.path = path
        self.allowed = allowed
        self.firstDelay = firstDelay
        self.latches = latches
        self.now = now
        var found = State()
        if FileManager.default.fileExists(atPath: path) {
            // A latch that cannot be read is a latch.
            found =
                (try? JSONDecoder().decode(
                    State.self, from: Data(ForeignFile.bytes(of: path, ForeignFileKind("a latch", mostBytes: 65_536)))))
                ?? State(reason: "the note of what happened before, \(path), cannot be read", since: nil)
        }
        state = Guarded(found)
    }

    /// Why the link stands still; nil if it does not.
    var reason: String? { state.withLock { $0.reason } }

    /// Revocations of the last 24 hours that could be attacks.
    var attemptsUsed: Int { state.withLock { recent($0).count } }
    /// How many more the link would get over by itself.
    var attemptsLeft: Int { max(0, allowed - attemptsUsed) }

    /// A window was revoked for what could be an attack.
    func revoked(_ why: String) throws(FileFault) -> Consequence {
        let moment = now().timeIntervalSince1970
        var next = state.withLock { $0 }
        next.revocations = recent(next) + [moment]
        let used = next.revocations.count
        guard used <= allowed || !latches else {
            (next.reason, next.since) = (why, moment)
            try keep(next)
            return .latched
        }
        try keep(next)
        // Each try waits twice as long as the one before.
        return .resumes(after: firstDelay * Int(1 << min(16, used - 1)))
    }

    /// Somebody who knows why lets the link go on.
    func release() throws(FileFault) {
        var next = state.withLock { $0 }
        (next.reason, next.since, next.revocations) = (nil, nil, [])
        try keep(next)
    }

    private func recent(_ state: State) -> [Double] {
        let since = now().timeIntervalSince1970 - 86_400
        return state.revocations.filter { $0 > since }
    }

    private func keep(_ next: State) throws(FileFault) {
        let bytes = (try? JSONEncoder().encode(next)).map(Array.init) ?? []
        try DurableFile.write(bytes.span.bytes, to: path, .replacing, mode: 0o600)
        state.withLock { $0 = next }
    }
}
