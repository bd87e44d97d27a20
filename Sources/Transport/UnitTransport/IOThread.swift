internal import CUnitIO
internal import Glibc

/// A thread that waits for a device. Swift's task threads must never block, so each connection has one of its own.
public final class IOThread: @unchecked Sendable {
    // SAFETY: `thread` is written in init and read in `join`, which only the owner calls, once.
    private var thread = pthread_t()
    private let body: Body

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread that runs `run` once. `name` (at most 15 bytes) is what `top -H` shows.
    ///
    /// Throws `.system` if the machine has no memory or no numbers left for threads (`ulimit -v`, `ulimit -u`, TasksMax=):
    /// `run` is not called then.
    public init(name: String, run: @escaping @Sendable () -> Void) throws(TransportError) {
        body = Body(name: name, run: run)
        let retained = Unmanaged.passRetained(body)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                cu_name_thread(body.name)
                body.run()
                return nil
            }, retained.toOpaque())
        guard result == 0 else {
            retained.release()
            throw .system(call: "pthread_create", path: name, code: result)
        }
    }

    /// Waits until `run` has returned. Exactly once, and never on the thread itself.
    public func join() { pthread_join(thread, nil) }

    /// Lets the thread end by itself, without anybody waiting for it. Instead of `join`.
    public func detach() { pthread_detach(thread) }
}
