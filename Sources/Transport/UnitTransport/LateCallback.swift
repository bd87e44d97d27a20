/// A function that becomes known after whoever calls it was made. Calls do nothing before.
///
/// Not `Guarded<(@Sendable () -> Void)?>`: generic code sees a function through a wrapper, and each access through
/// `withLock` puts another one around it, which the next call has to pass. A property of a struct is stored as it is.
public final class LateCallback: Sendable {
    private struct Target {
        // Not optional: an optional holds the wrapped form, too.
        var call: @Sendable () -> Void = {}
    }

    private let target = Guarded(Target())

    /// Nothing is called yet.
    public init() {}

    /// From now on `call` is what is called. Any thread.
    public func set(_ call: @escaping @Sendable () -> Void) { target.withLock { $0.call = call } }

    /// Calls it, on the caller's thread and without a lock. Allocates nothing.
    public func callAsFunction() { target.withLock { $0 }.call() }
}
