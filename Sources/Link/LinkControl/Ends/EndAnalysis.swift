internal import Digests
internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What an end makes of its own stream. Alice's words are tried for plausibility; Bob's samples are summed up. No sample
/// of signal is kept.
struct EndAnalysis {
    /// Bob's sums; stay empty at Alice's end.
    var bob: BobAnalysis
    /// Alice's words since somebody last asked.
    var words = WordStatistics()
    /// Training frames since somebody last asked.
    private(set) var disclosures = DisclosureStatement()
    /// At Bob's end: what Alice's unit marked, against what his delivered.
    var marks = MarkedRuns()
    private let role: UnitRole

    /// One of so many frames of Alice's is looked at for the plausibility of her words.
    private static let share: UInt64 = 8

    init(_ role: UnitRole, _ capabilities: Capabilities) {
        self.role = role
        bob = BobAnalysis(capabilities)
        disclosures.frames.reserveCapacity(DisclosureCheck.depth)
    }

    mutating func add(_ frame: StreamFrame, _ samples: RawSpan, _ hasher: SHA256) {
        if role == .alice {
            addWords(frame, samples)
            if frame.kind == .training { note(frame, samples, hasher) }
        } else {
            bob.add(frame, samples)
            marks.remember(frame)
            if frame.content == .disclosed { note(frame, samples, hasher) }
        }
    }

    /// Training frames since the last call.
    mutating func takeDisclosures() -> DisclosureStatement {
        let taken = disclosures
        disclosures.frames.removeAll(keepingCapacity: true)
        disclosures.unchecked = 0
        return taken
    }

    /// Alice's words since the last call.
    mutating func takeWords() -> WordStatistics? {
        defer { words = WordStatistics() }
        return words.symbols > 0 ? words : nil
    }

    private mutating func note(_ frame: StreamFrame, _ samples: RawSpan, _ hasher: SHA256) {
        guard disclosures.frames.count < DisclosureCheck.depth else {
            disclosures.unchecked += 1
            return
        }
        disclosures.frames.append(
            TrainingDigest(
                first: frame.firstSymbol, count: frame.count, digest: hasher.digest(of: samples).truncated))
    }

    /// Sums, no word is kept.
    private mutating func addWords(_ frame: StreamFrame, _ samples: RawSpan) {
        guard frame.format == .xp16, frame.firstSymbol / UInt64(max(1, frame.count)) % Self.share == 0 else { return }
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that 4 bytes per symbol are there.
            let values = UnsafeRawBufferPointer(rebasing: bytes[..<(4 * Int(frame.count))]).bindMemory(to: Int16.self)
            words.add(values.span)
        }
    }
}

/// Feeds an end's analysis from its stream, without a lock while it works.
struct AnalysisConsumer: StreamConsumer {
    private let parked: Parked<EndAnalysis>
    private let sums: Guarded<BobSums>
    private var analysis: EndAnalysis?
    private let hasher = SHA256()

    init(_ parked: Parked<EndAnalysis>, publishing sums: Guarded<BobSums>) {
        self.parked = parked
        self.sums = sums
    }

    mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) {
        if analysis == nil { analysis = parked.unpark() }
        analysis?.add(frame, samples, hasher)
    }

    mutating func betweenTransfers(_ counters: StreamCounters) async { park() }

    mutating func ended(_ counters: StreamCounters) { park() }

    /// Publishes and gives others their turn.
    mutating func park() {
        guard let analysis = analysis.take() else { return }
        let state = BobSums(analysis)
        sums.withLock { $0 = state }
        parked.park(analysis)
    }
}

/// Where Bob's analysis stands: what anybody may look at without waiting for it.
struct BobSums: Sendable {
    var vacuum = ReceiverMoments()
    var dark = ReceiverMoments()
    var training: TrainingRegression
    var unmatchedSymbols: UInt64 = 0
    var delay: Int?
    var delayConfirmations: UInt64 = 0
    var lostSync: String?
    var correlation: StreamCorrelation?

    /// What Alice's unit marked, against what his delivered.
    var marks: MarkSums

    init(_ end: EndAnalysis) {
        let analysis = end.bob
        marks = MarkSums(end.marks)
        vacuum = analysis.vacuum
        dark = analysis.dark
        training = analysis.training.regression
        unmatchedSymbols = analysis.training.unmatchedSymbols
        delay = analysis.training.alignment?.delay
        delayConfirmations = analysis.training.verifications
        lostSync = analysis.training.lostSync?.description
        correlation = analysis.training.correlation
    }
}

/// What came of comparing marks, without the runs themselves.
struct MarkSums: Sendable {
    /// The first symbol that Bob's unit delivered as signal and Alice's marked as training; nil if there is none.
    var firstSymbol: UInt64?
    /// Frames of either unit that were not compared for it.
    var uncompared: UInt64
    /// Frames of Alice's that Bob's end was told of.
    var heard: UInt64

    init(_ marks: MarkedRuns) {
        (firstSymbol, uncompared, heard) = (marks.firstSymbol, marks.uncompared, marks.heard)
    }
}
