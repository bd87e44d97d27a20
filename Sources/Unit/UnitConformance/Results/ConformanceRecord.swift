/// How one check ended.
public enum PhaseOutcome: String, Sendable, Equatable {
    /// The unit keeps the rule.
    case pass = "PASS"
    /// It does not.
    case fail = "FAIL"
    /// The check does not apply, or its precondition is not there: it says nothing about the unit.
    case skip = "SKIP"
    /// It could not be carried out to its end: connection, this machine, or a state that the unit does not reach.
    case error = "ERROR"
}

/// One check as it was carried out on one unit, or on the pair.
public struct PhaseRecord: Sendable, Equatable {
    /// Name of the check, in kebab-case.
    public var check: String
    /// What is tried, as a sentence.
    public var title: String
    /// What the protocol document says about it, in short.
    public var rule: String
    /// Where the protocol document says so.
    public var section: String
    /// What was tried: "alice", "bob" or "pair".
    public var subject: String
    /// Wall-clock time in ms since 1970.
    public var startMillis: Int64
    /// How long it took by a clock that nobody sets, s.
    public var seconds: Double
    /// How it ended.
    public var outcome: PhaseOutcome
    /// What was seen, one sentence each: the violations of a failed check, the reason of a skipped one.
    public var seen: [String]
    /// Measured values.
    public var measurements: [ConformanceMeasurement]

    /// A record with the given values.
    public init(
        check: String, title: String, rule: String, section: String, subject: String, startMillis: Int64,
        seconds: Double, outcome: PhaseOutcome, seen: [String], measurements: [ConformanceMeasurement]
    ) {
        self.check = check
        self.title = title
        self.rule = rule
        self.section = section
        self.subject = subject
        self.startMillis = startMillis
        self.seconds = seconds
        self.outcome = outcome
        self.seen = seen
        self.measurements = measurements
    }

    /// When it ended, in ms since 1970: a wall clock that was set meanwhile does not make it longer or shorter.
    public var endMillis: Int64 { startMillis + Int64((seconds * 1_000).rounded()) }

    /// Name that is unique in a run.
    public var name: String { "\(subject)/\(check)" }

    /// Whether it passed, and one of its values hardly did.
    public var isMarginal: Bool { outcome == .pass && measurements.contains(where: \.isMarginal) }
}

/// A unit as it is named in a record.
public struct TestedIdentity: Sendable, Equatable {
    /// "alice" or "bob".
    public var role: String
    /// Serial number.
    public var serial: String
    /// Model.
    public var model: String
    /// Firmware version.
    public var firmware: String
    /// Whether no optics are behind it.
    public var isEmulated: Bool
    /// How it was reached.
    public var path: String
}

/// A whole run.
public struct ConformanceRecord: Sendable, Equatable {
    /// Units that were tried; empty if none answered.
    public var units: [TestedIdentity]
    /// The machine that tried them.
    public var station: String
    /// Wall-clock time in ms since 1970.
    public var startMillis: Int64
    /// How long it took by a clock that nobody sets, s.
    public var seconds: Double
    /// Whether it was ended from outside before all checks were done.
    public var isAborted: Bool
    /// Symbols per second of its sessions, Hz.
    public var symbolRate: Double
    /// The checks in their order.
    public var phases: [PhaseRecord]

    /// When it ended, in ms since 1970: a wall clock that was set meanwhile does not make it longer or shorter.
    public var endMillis: Int64 { startMillis + Int64((seconds * 1_000).rounded()) }

    /// How many checks ended so.
    public func count(_ outcome: PhaseOutcome) -> Int { phases.count { $0.outcome == outcome } }

    /// Whether every check that applies was carried out and passed, and at least one was.
    public var hasPassed: Bool {
        !isAborted && count(.fail) == 0 && count(.error) == 0 && count(.pass) > 0
    }

    /// The outcome in one of OpenHTF's words.
    public var outcome: String {
        if isAborted { return "ABORTED" }
        if count(.fail) > 0 { return "FAIL" }
        return hasPassed ? "PASS" : "ERROR"
    }
}
