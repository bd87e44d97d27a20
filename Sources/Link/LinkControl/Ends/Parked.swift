internal import UnitTransport

/// A value that one task works on without a lock. Others get their turn when it is parked, between two pieces of work.
final class Parked<Value>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [(inout Value) -> Void] = []
    }

    private let state: Guarded<State>

    init(_ value: sending Value) { state = Guarded(State(value: value)) }

    /// Takes the value out for work; nil if it is out already.
    func unpark() -> Value? { state.withLock { $0.value.take() } }

    /// Parks it again. Whoever asked for a turn meanwhile has it now.
    func park(_ value: consuming Value) {
        // Moved, not copied: two owners of its arrays would copy them at the next change.
        var moved = Optional(value)
        state.withLock { state in
            guard var value = moved.take() else { return }
            for turn in state.waiting { turn(&value) }
            state.waiting.removeAll()
            state.value = value
        }
    }

    /// Runs `body` on the value, now or when it is parked next. `body` must not wait for anything.
    func turn<Result: Sendable>(_ body: @escaping @Sendable (inout Value) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                guard var value = state.value.take() else {
                    state.waiting.append { continuation.resume(returning: body(&$0)) }
                    return
                }
                continuation.resume(returning: body(&value))
                state.value = value
            }
        }
    }
}
