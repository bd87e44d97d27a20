internal import Glibc
public import Testing
public import UnitEmulator
public import UnitTransport

/// Gives each test a virtual time of its own and runs it there: `@Suite(.virtualTime)`. In it, `HostClock.test` is the clock
/// to give to what is tested, and a task beside the test is `Task(executorPreference: HostClock.test.executor)`.
///
/// With CVQKD_REAL_TIME in the environment the tests run in the machine's time, on as many threads as a program has: that
/// is what a thread sanitizer has to see. `.alwaysVirtualTime` is for long sessions whose tests are about what they
/// measure: the same threads run in the short ones, and under a sanitizer their minutes would be hours.
public struct VirtualTimeTrait: TestTrait, SuiteTrait, TestScoping {
    let isAlways: Bool

    /// A suite's tests have it too.
    public var isRecursive: Bool { true }

    /// Runs one test, or one case of its table.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil, isAlways || getenv("CVQKD_REAL_TIME") == nil else { return try await function() }
        let time = VirtualTime(test.name)
        try await VirtualTime.$current.withValue(time) { try await time.run(function) }
    }
}

extension Trait where Self == VirtualTimeTrait {
    /// A virtual time for each test.
    public static var virtualTime: Self { Self(isAlways: false) }

    /// The same, whatever the environment says.
    public static var alwaysVirtualTime: Self { Self(isAlways: true) }
}

extension VirtualTime {
    /// The time of the running test; nil if that is the machine's.
    @TaskLocal public static var current: VirtualTime?
}

extension HostClock {
    /// The clock of the running test: of its virtual time if it has one.
    public static var test: HostClock { VirtualTime.current?.clock ?? .monotonic }
}

extension EmulatedPair {
    /// A pair in the time of the running test.
    public static func test(_ configuration: PairConfiguration) -> EmulatedPair {
        VirtualTime.current?.pair(configuration) ?? EmulatedPair(configuration)
    }
}
