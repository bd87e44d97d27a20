internal import UnitTransport

/// The one piece of work of a supervisor that is under way, and the callers who wait for it.
///
/// Begun by the first caller; joined by others; ended by `finish` of the supervisor, which answers all of them. When the
/// last caller has left, it is cancelled and no longer joined.
struct SharedWork {
    typealias Outcome = Result<UnitSupervisor.Recovery, UnitError>

    /// What is done.
    enum Kind {
        /// The unit is looked at, and opened if need be, for as long as a caller wants to wait for it.
        case opening
        /// Steps of the ladder, which bounds itself.
        case recovery
    }

    private struct Caller {
        var continuation: CheckedContinuation<Outcome, Never>
        /// How long it waits for a unit that is not there; nil until the end of the work.
        var deadline: HostClock.Instant?
    }

    private let kind: Kind
    /// Does the work, and finishes it.
    let task: Task<Void, Never>
    private var callers: [Int: Caller] = [:]
    private var isEnding = false

    /// Work without a caller yet.
    init(_ kind: Kind, _ task: Task<Void, Never>) {
        self.kind = kind
        self.task = task
    }

    /// Callers who wait now.
    var count: Int { callers.count }

    /// Whether its end is what a caller of another kind waits for. Opening a unit is no answer to a failure; a recovery
    /// is one to whoever wants the unit.
    func answers(_ kind: Kind) -> Bool { !isEnding && (self.kind == .recovery || kind == .opening) }

    /// Enters a caller.
    mutating func enter(
        _ number: Int, until deadline: HostClock.Instant?, _ continuation: CheckedContinuation<Outcome, Never>
    ) {
        callers[number] = Caller(continuation: continuation, deadline: kind == .opening ? deadline : nil)
    }

    /// Lets a caller go without an answer.
    mutating func leave(_ number: Int) {
        callers.removeValue(forKey: number)?.continuation.resume(returning: .failure(.cancelled))
        endIfAbandoned()
    }

    /// Answers those who do not want to wait any longer with what an attempt has just failed with.
    mutating func dismissOverdue(_ error: UnitError, now: HostClock.Instant) {
        for (number, caller) in callers {
            guard let deadline = caller.deadline, deadline <= now else { continue }
            callers[number] = nil
            caller.continuation.resume(returning: .failure(error))
        }
        endIfAbandoned()
    }

    /// When the next caller does not want to wait any longer.
    var nextDeadline: HostClock.Instant? { callers.values.compactMap(\.deadline).min() }

    /// Answers everybody.
    consuming func answer(_ outcome: Outcome) {
        for caller in callers.values { caller.continuation.resume(returning: outcome) }
    }

    private mutating func endIfAbandoned() {
        guard callers.isEmpty else { return }
        isEnding = true
        task.cancel()
    }
}
