public import LinkControl
public import QuadratureAnalysis
internal import UnitControl
public import UnitTransport

/// Whether a session of purpose key shows what key rests on: vacuum, which every sample is divided by, and training that
/// follows Alice's words. A value: reports in, what is lacking out.
///
/// A session that shows neither is not one that monitors are content with: they have nothing to judge. Slots of both kinds
/// are drawn, so that a short session may have none by chance: only so many expected ones that did not come are a finding.
public struct KeyEvidence: Sendable {
    /// What key rests on.
    public enum Kind: String, Sendable, CaseIterable {
        /// Vacuum samples.
        case vacuum
        /// Training that follows Alice's words.
        case training
    }

    /// What is lacking, and since when.
    public struct Lack: Sendable, CustomStringConvertible {
        /// What.
        public var kinds: [Kind]
        /// For how long nothing of it came.
        public var time: Duration
        /// How training correlates, if it came and does not.
        public var correlation: StreamCorrelation?

        /// A lack.
        public init(kinds: [Kind], time: Duration, correlation: StreamCorrelation? = nil) {
            self.kinds = kinds
            self.time = time
            self.correlation = correlation
        }

        /// What is lacking, in a sentence.
        public var description: String {
            let names = kinds.map { $0 == .vacuum ? "vacuum samples" : "training that follows Alice's words" }
            return
                "the session has no evidence for key: for \(time) there were no \(names.joined(separator: " and no "))"
                + (correlation.map { ". The two streams do not correlate: \($0). \($0.meaning)" } ?? "")
        }
    }

    /// Longest time without either, if slots of it were due.
    public static let patience: Duration = .seconds(15)
    /// Slots that were due when none comes while the session runs: chance leaves out so many once in 5e8.
    static let dueWhileRunning = 20.0
    /// The same before the delay is found, which takes the search its time.
    static let dueWhileSearching = 300.0
    /// The same of a whole session: once in a thousand.
    static let dueAtEnd = 7.0

    /// Whether a plan has slots of a kind at all.
    public static func isPlanned(_ kind: Kind, _ plan: LinkPlan) -> Bool {
        (kind == .vacuum ? plan.vacuumFraction : plan.trainingFraction) > 0
    }

    private struct Progress {
        var amount: Int64 = 0
        var since: HostClock.Instant
        var symbol: UInt64 = 0
    }

    private let slotsPerSymbol: [Kind: Double]
    private let began: HostClock.Instant
    private var progress: [Kind: Progress]

    /// Nothing seen yet of a session that begins.
    public init(_ plan: LinkPlan, at moment: HostClock.Instant) {
        let slot = Double(max(1, plan.symbolsPerFrame))
        slotsPerSymbol = [.vacuum: plan.vacuumFraction / slot, .training: plan.trainingFraction / slot]
        began = moment
        progress = [.vacuum: Progress(since: moment), .training: Progress(since: moment)]
    }

    /// Takes the report of a moment; says what is lacking for too long.
    public mutating func look(_ report: LinkReport, now: HostClock.Instant) -> Lack? {
        let symbol = Self.symbol(report)
        var overdue: [Kind] = []
        for kind in Kind.allCases {
            let amount = Self.amount(kind, report)
            guard let last = progress[kind], amount == last.amount else {
                progress[kind] = Progress(amount: amount, since: now, symbol: symbol)
                continue
            }
            let due = Double(symbol - min(symbol, last.symbol)) * slotsPerSymbol[kind, default: 0]
            let isSearching = kind == .training && report.delay == nil && report.correlation != nil
            // Nothing at all is due of a stream that stands still, and nothing came.
            guard now - last.since >= Self.patience,
                symbol == last.symbol || due >= (isSearching ? Self.dueWhileSearching : Self.dueWhileRunning)
            else { continue }
            overdue.append(kind)
        }
        return lack(overdue, report, now)
    }

    /// Takes the last report: of what the whole session has nothing.
    public func conclude(_ report: LinkReport, now: HostClock.Instant) -> Lack? {
        let symbol = Double(Self.symbol(report))
        return lack(
            Kind.allCases.filter { kind in
                Self.amount(kind, report) == 0 && symbol * slotsPerSymbol[kind, default: 0] >= Self.dueAtEnd
            }, report, now)
    }

    private func lack(_ kinds: [Kind], _ report: LinkReport, _ now: HostClock.Instant) -> Lack? {
        guard !kinds.isEmpty else { return nil }
        let since = kinds.compactMap { progress[$0]?.since }.min() ?? began
        return Lack(kinds: kinds, time: now - since, correlation: kinds.contains(.training) ? report.correlation : nil)
    }

    private static func amount(_ kind: Kind, _ report: LinkReport) -> Int64 {
        kind == .vacuum ? report.vacuumSamples : report.trainingSymbols
    }

    /// How far the session is, by whichever unit says so.
    private static func symbol(_ report: LinkReport) -> UInt64 { max(report.alice.nextSymbol, report.bob.nextSymbol) }
}
