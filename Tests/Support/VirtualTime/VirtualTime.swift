public import UnitTransport

/// Time that jumps: it goes on to the next deadline as soon as all who wait by it wait, and stands still while one of
/// them computes. Hours pass in milliseconds, and the same test passes them in the same order every time.
///
/// One thread runs everything that lives in it, one job after another: the body of `run`, tasks and actors that have its
/// executor, and what is driven. A task that runs elsewhere, or waits for anything but this time, is not waited for.
public final class VirtualTime: TimeSource, SerialExecutor, TaskExecutor {
    private let turns: TurnQueue

    /// Starts an hour after zero: whoever mixes up a moment and a time since the start is off by an hour. `name` is what
    /// is told when time runs out.
    public init(_ name: String = "a test") {
        turns = TurnQueue(name)
        // The thread keeps the queue, not this object, whose end is what ends it.
        do throws(TransportError) {
            let thread = try IOThread(name: "virtual-time") { [turns] in
                while let turn = turns.next() {
                    switch turn {
                    case .job(let job, let time): time.run(job)
                    case .wake(let continuation): continuation.resume()
                    case .step(let step): turns.goOn(step, after: step.body())
                    }
                }
            }
            thread.detach()
        } catch {
            preconditionFailure("a test needs its thread: \(error)")
        }
    }

    deinit { turns.end() }

    /// The clock that shows this time.
    public var clock: HostClock { HostClock(self) }

    /// Runs `body` in this time, which passes meanwhile and at no other moment. Ends the process if more than `limit`
    /// passes: somebody waits for what never comes.
    public func run<Value, Failure: Error>(
        limit: Duration = .seconds(3600), _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await withTaskExecutorPreference(self) { () async throws(Failure) -> Value in
            await withUnsafeContinuation { turns.enter($0, limit: limit) }
            defer { turns.leave() }
            return try await body()
        }
    }

    /// Calls `step` while time passes: now, and again after the time that it returns, until it returns nil.
    public func drive(_ step: @escaping @Sendable () -> Duration?) { turns.drive(step) }

    // MARK: TimeSource

    /// The present moment. A look takes a microsecond, so that a loop that only looks at the clock comes to an end.
    public var now: HostClock.Instant { turns.look() }

    /// This thread.
    public var executor: (any HostExecutor)? { self }

    /// Waits until time has come so far.
    public func sleep(until deadline: HostClock.Instant) async throws(CancellationError) {
        let sleeper = turns.newSleeper()
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if Task.isCancelled { return continuation.resume() }
                turns.set(sleeper, deadline, continuation)
            }
        } onCancel: {
            turns.wake(sleeper)
        }
        turns.forget(sleeper)
        if Task.isCancelled { throw CancellationError() }
    }

    /// Lets time go on although nobody else can act meanwhile: as on a thread that is blocked, all who wait for a moment
    /// in between are late.
    public func block(for duration: Duration) { turns.pass(duration) }

    // MARK: Executor

    /// Takes a job.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        turns.append(job, self)
    }

    /// For actors that live in this time.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    private func run(_ job: UnownedJob) {
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
}
