internal import Glibc

/// Whether the system gives a program threads, tried before anything waits for one.
enum ThreadTrial {
    /// How many threads, of at most so many, can be there at once. They end before this returns.
    static func threads(upTo wanted: Int) -> Int {
        guard wanted > 0 else { return 0 }
        // SAFETY: the barrier of the threads; it is destroyed when all of them have ended.
        let gate = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        defer { gate.deallocate() }
        sem_init(gate, 0, 0)
        defer { sem_destroy(gate) }
        var started: [pthread_t] = []
        while started.count < wanted {
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { gate in
                    // SAFETY: what `pthread_create` was given, below.
                    if let gate { sem_wait(gate.assumingMemoryBound(to: sem_t.self)) }
                    return nil
                }, gate)
            guard code == 0 else { break }
            started.append(thread)
        }
        for _ in started { sem_post(gate) }
        for thread in started { pthread_join(thread, nil) }
        return started.count
    }
}
