internal import QuadratureAnalysis
internal import UnitProtocol

/// Joins Bob's training frames with the samples that Alice disclosed for the same symbols, finds the delay, keeps
/// checking it, and sums up for the regression. Fed by one task, frame by frame.
struct TrainingPairs {
    /// All symbols but those of the present window.
    private var earlier: TrainingRegression
    /// Symbols of the present window.
    private var recent: TrainingRegression
    private(set) var alignment: Alignment?
    private(set) var unmatchedSymbols: UInt64 = 0
    private(set) var lostSync: SyncLoss? {
        didSet { if lostSync != nil { hasSlipped = true } }
    }
    /// Whether the delay was lost since somebody last asked.
    private var hasSlipped = false
    /// The latest slip. It stays: what was paired with the old delay and what is paired with the new one are two countings,
    /// whatever is found afterwards.
    private(set) var slip: DelaySlip?
    /// The slip since somebody last asked.
    private var newSlip: DelaySlip?
    private(set) var verifications: UInt64 = 0
    private let detection: QuadratureAnalysis.Detection
    private let maximumDelay: Int
    private var search: AlignmentSearch
    /// The same with one quadrature turned, which tells x and p exchanged from streams that have nothing in common.
    private var mirror: AlignmentSearch
    private var mirrored: Double?
    /// Of the newest search that has not found anything, the one with the most symbols.
    private var attempt: StreamCorrelation?
    /// Of the newest frames that did not correlate.
    private var doubt: StreamCorrelation?
    private var searched = 0
    private var framesSinceCheck = 0

    // Frames at the known delay that are not in the sums yet: they must show that they correlate.
    private var trial: TrainingRegression
    /// Frames that did not, since the delay is in doubt.
    private var doubtful: TrainingRegression
    /// |ĝ|²/σ² per symbol of what correlated last.
    private var quality: Double?
    private var isInDoubt = false
    private var resting = 0

    private var frame = TrainingJoin()

    /// A search that has seen this many frames without a peak is a failure, not bad luck.
    static let patience = 256
    /// Between two checks of the delay this many frames go by.
    static let checkInterval = 256
    /// Frames are tried together until they should stand out by so many σ, and are refused below a third of it: chance
    /// brings a sound link there once in 1e14 trials, and unrelated data above it once in 3,000.
    static let trialSignificance = 12.0
    /// Frames that a search in doubt takes one after the other, and of how many it takes one then.
    static let quickSearch = 8
    static let slowSearch = 32
    /// Without a measure, symbols that count whether they stand out or not.
    static let longestTrial: Int64 = 65_536

    init(detection: QuadratureAnalysis.Detection, maximumDelay: Int) {
        self.detection = detection
        self.maximumDelay = maximumDelay
        earlier = TrainingRegression(detection: detection)
        recent = earlier
        trial = earlier
        doubtful = earlier
        search = AlignmentSearch(detection: detection, maxDelay: maximumDelay)
        mirror = search
    }

    /// How training correlates as long as that is in question: while the delay is not known, or in doubt.
    var correlation: StreamCorrelation? {
        guard var found = alignment == nil ? attempt : isInDoubt ? doubt : nil else { return nil }
        found.mirrored = mirrored
        return found
    }

    /// The delay of Bob's index against Alice's; nil while it is not known, or in doubt.
    var delay: Int? { isInDoubt ? nil : alignment?.delay }

    /// All symbols so far.
    var regression: TrainingRegression {
        var all = earlier
        all.merge(recent)
        return all
    }

    /// The symbols of the present window, which ends. Training that does not correlate counts if there is `noLight`: then
    /// it shows a loss. With light it shows that the two ends count different symbols, and says nothing of the channel.
    mutating func closeWindow(noLight: Bool) -> TrainingRegression {
        if noLight {
            recent.merge(doubtful)
        } else {
            unmatchedSymbols += UInt64(doubtful.symbols)
        }
        doubtful = TrainingRegression(detection: detection)
        defer {
            earlier.merge(recent)
            recent = TrainingRegression(detection: detection)
        }
        return recent
    }

    /// Whether the delay was lost since the last call, or is now; nil if it was never found, or if training with light does
    /// not correlate and the search has not said yet whether that is a slip.
    mutating func takeSlip(noLight: Bool) -> (isLost: Bool?, slip: DelaySlip?) {
        guard alignment != nil || lostSync != nil else { return (nil, nil) }
        defer {
            hasSlipped = lostSync != nil
            newSlip = lostSync?.slip
        }
        return (hasSlipped ? true : isInDoubt && !noLight ? nil : false, newSlip)
    }

    /// Why the two ends do not count the same symbols, or did not; nil if they always have.
    var failure: SyncLoss? { lostSync ?? slip.map { .moved($0) } }

    mutating func add(measured frame: StreamFrame, samples: RawSpan) {
        dropMeasured()
        self.frame.keep(frame, samples)
    }

    mutating func add(disclosed frame: StreamFrame, samples: RawSpan) {
        // The frame that waits is taken out: what it is joined with changes everything else here.
        var waiting = self.frame
        self.frame = TrainingJoin()
        defer { self.frame = waiting }
        let joined = waiting.join(frame, samples) { _, alice, bob, basis in join(alice, bob, basis) }
        guard !joined, let dropped = waiting.waiting else { return }
        unmatchedSymbols += UInt64(dropped.count)
        waiting.drop()
    }

    /// Training whose disclosure did not come.
    mutating func dropMeasured() {
        guard let waiting = frame.waiting else { return }
        unmatchedSymbols += UInt64(waiting.count)
        frame.drop()
    }

    private mutating func join(_ alice: Span<Int16>, _ bob: Span<Int16>, _ basis: Span<UInt8>) {
        if alignment == nil || isDue(), !isResting() {
            if detection == .homodyne {
                search.add(alice: alice, bob: bob, basis: basis)
            } else {
                search.add(alice: alice, bob: bob)
            }
            searched += 1
            if searched > Self.quickSearch, searched.isMultiple(of: 2), mirrored == nil {
                addMirrored(alice, bob, basis)
            }
            conclude()
        }
        guard let alignment else {
            unmatchedSymbols += UInt64(alice.count / 2)
            return
        }
        if detection == .homodyne {
            trial.add(alice: alice, bob: bob, basis: basis, delay: alignment.delay)
        } else {
            trial.add(alice: alice, bob: bob, delay: alignment.delay)
        }
        judgeTrial()
    }

    private mutating func addMirrored(_ alice: Span<Int16>, _ bob: Span<Int16>, _ basis: Span<UInt8>) {
        let turned = AlignmentSearch.mirrored(alice)
        if detection == .homodyne {
            mirror.add(alice: turned.span, bob: bob, basis: basis)
        } else {
            mirror.add(alice: turned.span, bob: bob)
        }
        mirrored = (try? mirror.result())?.significance
    }

    /// Frames that correlate as the ones before them did go into the sums; others put the delay in doubt, and a search
    /// begins at once instead of at its turn.
    private mutating func judgeTrial() {
        let symbols = Double(trial.symbols)
        if let quality, (quality * symbols).squareRoot() < Self.trialSignificance { return }
        let significance = (try? trial.fit().significance) ?? .nan
        // What follows is measured by these frames: they have to stand out themselves, unless there is nothing to see.
        if quality == nil, !(significance >= Self.trialSignificance), trial.symbols < Self.longestTrial { return }
        defer { trial = TrainingRegression(detection: detection) }
        if let quality, !(significance * 3 >= (quality * symbols).squareRoot()) {
            doubtful.merge(trial)
            // What a search has of the time before the slip would hide where the peak is now.
            if !isInDoubt { beginSearch() }
            isInDoubt = true
            doubt = StreamCorrelation(
                significance: significance.isFinite ? significance : 0, symbols: trial.symbols, detection: detection,
                needed: (quality * symbols).squareRoot() / 3,
                before: StreamCorrelation.coefficient(
                    (quality / Double(detection.samplesPerSymbol)).squareRoot()))
            framesSinceCheck = Self.checkInterval
            return
        }
        recent.merge(trial)
        if isInDoubt { forgetMirror() }
        isInDoubt = false
        if significance >= Self.trialSignificance { quality = significance * significance / symbols }
    }

    /// A search over all delays is too dear for every frame: one that found nothing in a doubtful session's first frames goes
    /// on with few of them, or the reader falls behind and the unit's FIFO overflows.
    private mutating func isResting() -> Bool {
        guard isInDoubt, searched >= Self.quickSearch else { return false }
        resting += 1
        return resting % Self.slowSearch != 0
    }

    private mutating func isDue() -> Bool {
        if searched > 0 { return true }
        framesSinceCheck += 1
        guard framesSinceCheck >= Self.checkInterval else { return false }
        framesSinceCheck = 0
        return true
    }

    private mutating func conclude() {
        do throws(AlignmentFailure) {
            let found = try search.result()
            // The same delay with weaker light, or another one: what comes now is the measure of what follows.
            if isInDoubt { quality = nil }
            if let known = alignment, known.delay != found.delay {
                let slip = DelaySlip(
                    from: known.delay, to: found.delay, significance: found.significance, threshold: search.threshold)
                (self.slip, newSlip) = (slip, slip)
                lostSync = .moved(slip)
                alignment = found
                // What was tried at the old delay is not of the new one.
                doubtful.merge(trial)
                trial = TrainingRegression(detection: detection)
            } else {
                alignment = alignment ?? found
                verifications += 1
                lostSync = nil
            }
            attempt = nil
            forgetMirror()
        } catch {
            if search.symbols >= attempt?.symbols ?? 0 { attempt = search.correlation }
            guard searched >= Self.patience else { return }
            lostSync = .noDelay(error)
        }
        beginSearch()
    }

    /// A search over all delays: those that the unit allows, or, where one is known, as far to both sides of that one too,
    /// because a slip begins there.
    private mutating func beginSearch() {
        searched = 0
        let known = alignment?.delay.magnitude ?? 0
        let widest = maximumDelay + Int(min(known, UInt(maximumDelay)))
        search = AlignmentSearch(detection: detection, maxDelay: widest)
    }

    private mutating func forgetMirror() {
        mirrored = nil
        mirror = AlignmentSearch(detection: detection, maxDelay: maximumDelay)
    }
}

/// How the two ends came out of step.
enum SyncLoss: Sendable, CustomStringConvertible {
    /// Training correlates at no delay.
    case noDelay(AlignmentFailure)
    /// It correlates at another delay than before.
    case moved(DelaySlip)

    var description: String {
        switch self {
        case .noDelay(let failure): failure.description
        case .moved(let slip): slip.description
        }
    }

    /// The delay that was found instead of the known one.
    var slip: DelaySlip? { if case .moved(let slip) = self { slip } else { nil } }
}
