internal import Calibration
public import UnitTransport

/// Asks again, while a session of purpose key runs, whether its calibrations still hold: they expire, temperatures move,
/// and somebody may note work on a unit. A session may run for weeks, and what it makes afterwards nobody may use.
public actor KeyWatch {
    /// Time between an answer and the next question.
    public static let interval: Duration = .seconds(5)
    private let question: KeyQuestion
    private let clock: HostClock
    private var state: KeyPermissionState

    /// From the moment at which key was granted.
    public init(_ question: KeyQuestion, clock: HostClock = .monotonic) {
        self.question = question
        self.clock = clock
        state = KeyPermissionState(grantedAt: clock.now)
    }

    /// Why the session has to end, once it has to. To be asked often: it looks at the time.
    public var ending: KeyPermissionState.Ending? {
        state.look(clock.now)
        return state.ending
    }

    /// Asks until it is cancelled or the session has to end.
    public func run() async {
        while ending == nil {
            // A question that a mute unit does not answer must not hold up the end: `ending` looks at the time.
            let pause = min(clock.now + Self.interval, state.deadline)
            do { try await clock.sleep(until: pause) } catch { return }
            let asked = clock.now
            let answer = await question.ask(lit: true)
            guard !Task.isCancelled else { return }
            state.handle(answer, askedAt: asked, now: clock.now)
        }
    }
}
