import Glibc
import ProcessResources
import Testing
import UnitTransport

/// The figure by which rigs say that something was left behind.
struct HeapFigureTests {
    /// A worker of the pool that lives on after its work holds nothing. With the allocator's caches it held 236 KB, and a
    /// unit that had died under load seemed to have left them behind.
    @Test func `what a thread has given back is not in use, though the thread lives on`() async {
        await #expect(processExitsWith: .success) {
            Resources.settleAllocator()
            let before = Resources.now().heap
            let (isDone, mayEnd) = (Guarded(false), Guarded(false))
            let thread = IOThread(name: "heap-figure") {
                for size in 0..<64 {
                    let blocks = (0..<7).map { _ in malloc(16 * size + 8) }
                    for block in blocks { free(block) }
                }
                isDone.withLock { $0 = true }
                while !mayEnd.withLock({ $0 }) { usleep(1_000) }
            }
            thread.detach()
            while !isDone.withLock({ $0 }) { usleep(1_000) }
            let excess = Resources.now().heap - before
            mayEnd.withLock { $0 = true }
            exit(excess < Resources.heapSlack ? 0 : 1)
        }
    }
}
