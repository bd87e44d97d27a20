import LinkOperation
import Testing
import UnitTransport
import VirtualTime

/// Who is cancelled when the end is requested.
@Suite(.virtualTime) struct EndRequestTests {
    private static func waitAnHour() async throws(CancellationError) {
        try await HostClock.test.sleep(for: .seconds(3600))
    }

    private static func request(_ end: EndRequest, after pause: Duration) -> Task<Void, any Error> {
        Task(executorPreference: HostClock.test.executor) {
            try await HostClock.test.sleep(for: pause)
            end.request()
        }
    }

    @Test func `what was nested in a cancellable and is over leaves it cancellable`() async throws {
        let end = EndRequest(clock: .test)
        let began = HostClock.test.now
        let asking = Self.request(end, after: .seconds(1))
        await #expect(throws: CancellationError.self) {
            try await end.cancellable { () async throws(CancellationError) in
                await end.pause(.milliseconds(10))
                try await Self.waitAnHour()
            }
        }
        #expect(HostClock.test.now - began < .seconds(2))
        try await asking.value
    }

    @Test func `of two that are cancellable beside each other both are cancelled`() async throws {
        let end = EndRequest(clock: .test)
        let began = HostClock.test.now
        let tasks = (0..<2).map { _ in
            Task(executorPreference: HostClock.test.executor) {
                try await end.cancellable { () async throws(CancellationError) in try await Self.waitAnHour() }
            }
        }
        let asking = Self.request(end, after: .seconds(1))
        for task in tasks {
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(HostClock.test.now - began < .seconds(2))
        try await asking.value
    }

    @Test func `what comes after the request is cancelled at once`() async throws {
        let end = EndRequest(clock: .test)
        #expect(end.request() == 1)
        #expect(end.request() == 2)
        let began = HostClock.test.now
        await #expect(throws: CancellationError.self) {
            try await end.cancellable { () async throws(CancellationError) in try await Self.waitAnHour() }
        }
        #expect(HostClock.test.now - began < .seconds(1))
    }

    @Test func `a caller that is cancelled requests the end, and its work is not cancelled itself`() async throws {
        let end = EndRequest(clock: .test)
        let work = Task(executorPreference: HostClock.test.executor) {
            try await end.inOrder(by: .test) { () async throws(CancellationError) in
                while !end.isRequested { await end.pause(.milliseconds(100)) }
                // As lights are put out by requests.
                try await HostClock.test.sleep(for: .seconds(1))
                return Task.isCancelled
            }
        }
        try await HostClock.test.sleep(for: .seconds(1))
        work.cancel()
        #expect(try await work.value == false)
    }
}
