public import Digests
internal import LinkMonitors
public import QuadratureAnalysis
public import UnitControl
public import UnitProtocol

/// The account of an end's stream, as it crosses.
public struct CountersStatement: Sendable, Equatable, Codable {
    /// In the order of `StreamCounters`' properties: frames, bytes, delivered, disclosed, gap, undeclared and dropped
    /// symbols, gaps, corrupt, malformed, stale, repeated, missing, overflow and unlocked frames, clipped samples,
    /// refused symbols, contradicted frames, next symbol.
    public var figures: [UInt64]
    /// Symbols delivered, by the number of their kind.
    public var kinds: [UInt64]
    /// Frames that were refused, in the order of the reasons.
    public var refusals: [UInt64]
    /// The reason of the first of them, by its place in that order; nil if none was.
    public var firstRefusal: UInt8?
    /// Whether the stream runs.
    public var isRunning: Bool
    /// Why the unit ended the session by itself, by the number in the unit protocol.
    public var cause: UInt8?
    /// How its end is known, by the number of `StreamEnding`.
    public var ending: UInt8?

    private static let paths: [any Sendable & WritableKeyPath<StreamCounters, UInt64>] = [
        \.frames, \.bytes, \.deliveredSymbols, \.disclosedSymbols, \.gapSymbols, \.undeclaredSymbols,
        \.unitDroppedSymbols, \.gaps, \.corruptFrames, \.malformedFrames, \.staleFrames, \.repeatedFrames,
        \.missingFrames, \.overflowFrames, \.unlockedFrames, \.clippedSamples, \.refusedSymbols,
        \.contradictedFrames, \.nextSymbol,
    ]

    /// An account.
    public init(_ counters: StreamCounters, isRunning: Bool, cause: StateCause?) {
        figures = Self.paths.map { counters[keyPath: $0] }
        kinds = (0..<8).map { counters.symbolsByKind[$0] }
        refusals = counters.refusals.figures
        firstRefusal = counters.refusals.first?.rawValue
        self.isRunning = isRunning
        self.cause = cause?.rawValue
        ending = counters.ending.rawValue
    }

    /// The account that it states; nil if it cannot be one.
    public var counters: StreamCounters? {
        guard figures.count == Self.paths.count, kinds.count == 8 else { return nil }
        // No session lasts 2^62 symbols; sums of such figures cannot overflow.
        guard (figures + kinds + refusals).allSatisfy({ $0 < 1 << 62 }) else { return nil }
        var counters = StreamCounters()
        for (path, figure) in zip(Self.paths, figures) { counters[keyPath: path] = figure }
        for kind in 0..<8 { counters.symbolsByKind[kind] = kinds[kind] }
        counters.refusals = FrameRefusals(refusals, first: firstRefusal.flatMap(FrameRefusal.init))
        // Nothing said is nothing known, once it has ended.
        counters.ending = ending.flatMap(StreamEnding.init) ?? (isRunning ? .open : .unknown)
        guard counters.undeclaredSymbols + counters.refusedSymbols <= counters.gapSymbols,
            counters.deliveredSymbols <= counters.nextSymbol
        else {
            return nil
        }
        return counters
    }
}

extension StreamCounters {
    /// In place of an account that cannot be one: it does not add up, and whoever judges a session sees that.
    static var impossible: StreamCounters {
        var counters = StreamCounters()
        (counters.nextSymbol, counters.gapSymbols, counters.undeclaredSymbols, counters.gaps) = (1, 1, 1, 1)
        return counters
    }
}

/// What Bob's end has summed up: vacuum, dark, and training that Alice's unit has disclosed. All of it is public.
public struct TrainingStatement: Sendable, Equatable, Codable {
    /// Vacuum samples.
    public var vacuum: ReceiverMoments
    /// Dark samples of the session.
    public var dark: ReceiverMoments
    /// V_off from before the session; nil if nobody measured it.
    public var electronicNoise: ReceiverMoments?
    /// Sums over training.
    public var training: TrainingRegression
    /// Training symbols without a disclosure, or before the delay was known.
    public var unmatchedSymbols: UInt64
    /// Delay of Bob's index, symbols; nil until it is found.
    public var delay: Int?
    /// How often it was confirmed since.
    public var delayConfirmations: UInt64
    /// Why the delay is lost; nil while it is not.
    public var lostSync: String?
    /// The first symbol that Bob's unit delivered as signal and Alice's marked as training; nil if there is none.
    public var firstMarkedSignal: UInt64?
    /// Frames of either unit that were not compared for it.
    public var uncomparedMarks: UInt64
    /// Training frames of Alice's that Bob's end was told of: when they are all that there are, the comparison is whole.
    public var marksHeard: UInt64
    /// How training correlates while the delay is not known, or in doubt; nil otherwise.
    public var correlation: StreamCorrelation?

    /// Sums.
    public init(
        vacuum: ReceiverMoments, dark: ReceiverMoments, electronicNoise: ReceiverMoments?,
        training: TrainingRegression, unmatchedSymbols: UInt64, delay: Int?, delayConfirmations: UInt64,
        lostSync: String?, firstMarkedSignal: UInt64? = nil, uncomparedMarks: UInt64 = 0,
        marksHeard: UInt64 = 0, correlation: StreamCorrelation? = nil
    ) {
        self.vacuum = vacuum
        self.dark = dark
        self.electronicNoise = electronicNoise
        self.training = training
        self.unmatchedSymbols = unmatchedSymbols
        self.delay = delay
        self.delayConfirmations = delayConfirmations
        self.lostSync = lostSync
        self.firstMarkedSignal = firstMarkedSignal
        self.uncomparedMarks = uncomparedMarks
        self.marksHeard = marksHeard
        self.correlation = correlation
    }

    /// Whether these can be sums of samples: whoever decodes foreign ones asks, because arithmetic on them must not overflow.
    public var isPlausible: Bool {
        let moments = [vacuum, dark] + (electronicNoise.map { [$0] } ?? [])
        // Sums by different limits cannot be merged.
        return moments.allSatisfy {
            $0.contradiction(of: training.detection) == nil && $0.x.limits == vacuum.x.limits
        } && training.isPlausible
            && unmatchedSymbols < 1 << 62 && delayConfirmations < 1 << 62 && (delay ?? 0).magnitude < 1 << 32
            && correlation?.isPlausible != false
    }
}

/// A training frame by its digest: SHA-256 of its samples, truncated to 128 bits.
public struct TrainingDigest: Sendable, Hashable, Codable {
    /// First symbol.
    public var first: UInt64
    /// Symbols.
    public var count: UInt32
    /// Of the samples, as Alice ships them.
    public var digest: TruncatedDigest

    /// A frame.
    public init(first: UInt64, count: UInt32, digest: TruncatedDigest) {
        self.first = first
        self.count = count
        self.digest = digest
    }
}

/// Training frames since the last such statement.
public struct DisclosureStatement: Sendable, Equatable, Codable {
    /// In the order of symbols.
    public var frames: [TrainingDigest]
    /// Frames that were left out because nobody fetched them in time.
    public var unchecked: UInt64

    /// No frames.
    public init(frames: [TrainingDigest] = [], unchecked: UInt64 = 0) {
        self.frames = frames
        self.unchecked = unchecked
    }
}

/// What one rule found, as it crosses: the outcome, not the sums that it rests on.
public struct RuleStatement: Sendable, Equatable, Codable {
    /// The rule's name.
    public var rule: String
    /// ok, warn, alarm or unavailable.
    public var outcome: String
    /// The statistic in the rule's unit; nil if it is not a number.
    public var statistic: Double?
    /// First limit.
    public var warnLimit: Double?
    /// Second limit.
    public var actLimit: Double?
}

extension RuleStatement {
    init(_ finding: RuleJudgement) {
        rule = finding.rule.rawValue
        outcome = finding.outcome.name
        (statistic, warnLimit, actLimit) = (
            finding.statistic.finite, finding.warnLimit.finite, finding.actLimit.finite
        )
    }

    /// The finding that it states; nil for a rule or an outcome that this program does not know.
    var finding: RuleJudgement? {
        guard let rule = MonitorRule(rawValue: rule) else { return nil }
        let outcome: RuleJudgement.Outcome
        switch self.outcome {
        case RuleJudgement.Outcome.quiet.name: outcome = .quiet
        case RuleJudgement.Outcome.warning.name: outcome = .warning
        case RuleJudgement.Outcome.alarm.name: outcome = .alarm
        default: return nil
        }
        // A statistic that is not a number crosses as none, and stays the alarm that it was.
        return RuleJudgement(
            stated: rule, outcome, statistic: statistic ?? .nan, warn: warnLimit ?? .nan, act: actLimit ?? .nan)
    }
}

extension RuleStatement {
    /// For comparison.
    var severity: Int {
        switch outcome {
        case RuleJudgement.Outcome.alarm.name: 2
        case RuleJudgement.Outcome.warning.name: 1
        default: 0
        }
    }

    /// The same with its statistic rounded to hundredths: what crosses is what a person would read, and no more of the
    /// sums that it rests on.
    var coarse: RuleStatement {
        var coarse = self
        // Messages carry finite numbers: one that is too large for hundredths crosses as it is.
        coarse.statistic = statistic.map { (($0 * 100).rounded() / 100).finite ?? $0 }
        return coarse
    }
}

extension WindowStatement {
    init(_ window: WindowVerdict) {
        self.init(
            index: window.index, action: window.verdict.action.name,
            rules: window.verdict.findings.filter(\.isJudged).map(RuleStatement.init))
    }
}

extension Double {
    /// Messages carry finite numbers.
    fileprivate var finite: Double? { isFinite ? self : nil }
}

/// What the monitors found in a window.
public struct WindowStatement: Sendable, Equatable, Codable {
    /// Counts from 0.
    public var index: Int
    /// What is to be done: none, warn, pausePublishing or stop.
    public var action: String
    /// Every rule that the judging end can judge.
    public var rules: [RuleStatement]

    /// A window.
    public init(index: Int, action: String, rules: [RuleStatement]) {
        self.index = index
        self.action = action
        self.rules = rules
    }
}

/// Why an end cannot go on.
public struct FaultStatement: Sendable, Equatable, Codable {
    /// A word for programs: `unit`, `refused`, `badPlan`, `lied`, `replayed`, `order`, `version`, `cancelled`.
    public var kind: String
    /// For a person.
    public var text: String

    /// The kind of an end that does not consent: the conversation goes on, and the coordinator gets `LinkError.refused`.
    public static let refused = "refused"

    /// A fault.
    public init(kind: String, text: String) {
        self.kind = kind
        self.text = text
    }
}
