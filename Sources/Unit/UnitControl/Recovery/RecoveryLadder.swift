/// Steps of the recovery ladder above the transport, from the mildest on. Below them the transport submits failed
/// transfers again and clears halts by itself.
public enum RecoveryStep: String, Sendable, CaseIterable {
    /// The session is ended on the unit; whoever ran it starts a new one.
    case newSession
    /// The unit is looked for, wherever it is plugged in now, and opened again.
    case reconnection
    /// Its USB port is reset, and the unit opened again. On a serial line: opened again only.
    case reset
    /// Nothing is tried any more until somebody asks for it. An alarm.
    case quarantine
}

/// What recovery has done for one unit. Each step is counted, the transport's own too.
public struct RecoveryCounters: Sendable, Equatable {
    /// Transfers that failed and were submitted again.
    public var resubmissions: UInt64 = 0
    /// Halts of an endpoint that were cleared.
    public var clearedHalts: UInt64 = 0
    /// Sessions that were ended because of a failure, for a new one.
    public var newSessions: UInt64 = 0
    /// Times the unit was opened again after it was gone.
    public var reconnections: UInt64 = 0
    /// Resets.
    public var resets: UInt64 = 0
    /// Quarantines.
    public var quarantines: UInt64 = 0

    /// All zero.
    public init() {}
}

/// Bounds of recovery.
public struct RecoveryPolicy: Sendable, Equatable {
    /// New sessions without a steady one between them, before the next step.
    public var newSessions = 3
    /// Returns of a unit without a steady session between them, before the quarantine: a loose plug.
    public var reconnections = 10
    /// Resets without a steady session between them, before the quarantine.
    public var resets = 2
    /// Pause before the first step; it doubles from step to step.
    public var firstPause: Duration = .milliseconds(100)
    /// Longest pause.
    public var longestPause: Duration = .seconds(5)
    /// A session that ran for so long is steady: earlier failures are forgotten.
    public var steadyTime: Duration = .seconds(30)
    /// How long a unit that is gone may stay away.
    public var absence: Duration = .seconds(30)

    /// The usual bounds.
    public init() {}
}

/// Which step comes next, as a value: failures in, step and pause out. `UnitSupervisor` performs it.
public struct RecoveryLadder: Sendable, Equatable {
    /// Bounds.
    public let policy: RecoveryPolicy
    /// Steps since the last steady session.
    private var newSessions = 0
    private var reconnections = 0
    private var resets = 0
    /// Steps of all times.
    public private(set) var counters = RecoveryCounters()

    /// At the bottom.
    public init(_ policy: RecoveryPolicy) { self.policy = policy }

    /// The step that follows a failure, and the pause before it.
    public mutating func climb(_ cause: RecoveryCause) -> (step: RecoveryStep, pause: Duration) {
        let pause = self.pause
        switch cause {
        case .disconnected where reconnections < policy.reconnections:
            reconnections += 1
            counters.reconnections += 1
            return (.reconnection, pause)
        case .streamLost where newSessions < policy.newSessions && resets == 0:
            newSessions += 1
            counters.newSessions += 1
            return (.newSession, pause)
        case .streamLost, .mute:
            guard resets < policy.resets else { break }
            resets += 1
            counters.resets += 1
            return (.reset, pause)
        case .disconnected: break
        }
        counters.quarantines += 1
        return (.quarantine, .zero)
    }

    private var pause: Duration {
        let steps = newSessions + reconnections + resets
        return min(policy.longestPause, policy.firstPause * (1 << min(steps, 16)))
    }

    /// A session ran for the steady time, or somebody lifted the quarantine: back to the bottom.
    public mutating func descend() {
        newSessions = 0
        reconnections = 0
        resets = 0
    }
}
