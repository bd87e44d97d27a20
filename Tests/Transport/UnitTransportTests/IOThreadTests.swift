import Glibc
import Testing
import UnitTransport

struct IOThreadTests {
    @Test func `a machine that has no thread left is an error, and no trap`() async {
        await #expect(processExitsWith: .success) {
            // No new mapping fits, so no stack does.
            var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            setrlimit(__rlimit_resource_t(9), &limit)
            do throws(TransportError) {
                let thread = try IOThread(name: "test") {}
                thread.join()
                exit(1)
            } catch {
                guard case .system(call: "pthread_create", path: "test", _) = error else { exit(2) }
                exit(0)
            }
        }
    }
}
