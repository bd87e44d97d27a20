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
    private(set) var lostSync: AlignmentFailure?
    private(set) var verifications: UInt64 = 0
    private let detection: QuadratureAnalysis.Detection
    private let maximumDelay: Int
    private var search: AlignmentSearch
    private var searched = 0
    private var framesSinceCheck = 0

    // The measured frame that waits for its disclosure. Training is public once disclosed, hence ordinary memory.
    private var measured: [Int16] = []
    private var basis: [UInt8] = []
    private var measuredFirst: UInt64 = 0
    private var measuredCount = 0
    /// Shown every pair of blocks.
    var recorder: (any PairRecorder)?

    /// A search that has seen this many frames without a peak is a failure, not bad luck.
    static let patience = 256
    /// Between two checks of the delay this many frames go by.
    static let checkInterval = 256

    init(detection: QuadratureAnalysis.Detection, maximumDelay: Int) {
        self.detection = detection
        self.maximumDelay = maximumDelay
        earlier = TrainingRegression(detection: detection)
        recent = earlier
        search = AlignmentSearch(detection: detection, maxDelay: maximumDelay)
    }

    /// All symbols so far.
    var regression: TrainingRegression {
        var all = earlier
        all.merge(recent)
        return all
    }

    /// The symbols of the present window, which ends.
    mutating func closeWindow() -> TrainingRegression {
        defer {
            earlier.merge(recent)
            recent = TrainingRegression(detection: detection)
        }
        return recent
    }

    mutating func take(measured frame: StreamFrame, samples: RawSpan) {
        dropMeasured()
        let count = Int(frame.count)
        let values = count * (frame.format == .xp16 ? 2 : 1)
        measured.removeAll(keepingCapacity: true)
        basis.removeAll(keepingCapacity: true)
        samples.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that the samples of the stated format and count are there.
            measured.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self))
            if frame.format == .x16Basis { basis.append(contentsOf: bytes[(2 * values)...]) }
        }
        measuredFirst = frame.firstSymbol
        measuredCount = count
    }

    mutating func take(disclosed frame: StreamFrame, samples: RawSpan) {
        guard measuredCount > 0, frame.format == .xp16, frame.firstSymbol <= measuredFirst,
            frame.firstSymbol + UInt64(frame.count) >= measuredFirst + UInt64(measuredCount)
        else {
            dropMeasured()
            return
        }
        let skip = Int(measuredFirst - frame.firstSymbol)
        let count = measuredCount
        measuredCount = 0
        samples.withUnsafeBytes { bytes in
            // SAFETY: 4 bytes per disclosed symbol are there; skip + count lies inside by the guard above.
            let words = UnsafeRawBufferPointer(rebasing: bytes[(4 * skip)..<(4 * (skip + count))]).bindMemory(
                to: Int16.self)
            recorder?.training(first: measuredFirst, alice: words.span, bob: measured.span, basis: basis.span)
            join(alice: words.span)
        }
    }

    /// Training whose disclosure did not come.
    mutating func dropMeasured() {
        guard measuredCount > 0 else { return }
        unmatchedSymbols += UInt64(measuredCount)
        recorder?.lost(first: measuredFirst, count: UInt64(measuredCount))
        measuredCount = 0
    }

    private mutating func join(alice: Span<Int16>) {
        let (bob, bits) = (measured, basis)
        if alignment == nil || isDue() {
            if detection == .homodyne {
                search.add(alice: alice, bob: bob.span, basis: bits.span)
            } else {
                search.add(alice: alice, bob: bob.span)
            }
            searched += 1
            conclude()
        }
        guard let alignment else {
            unmatchedSymbols += UInt64(alice.count / 2)
            return
        }
        if detection == .homodyne {
            recent.add(alice: alice, bob: bob.span, basis: bits.span, delay: alignment.delay)
        } else {
            recent.add(alice: alice, bob: bob.span, delay: alignment.delay)
        }
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
            if let known = alignment, known.delay != found.delay {
                lostSync = .noPeak(best: found.significance, threshold: search.threshold, symbols: search.symbols)
                alignment = found
            } else {
                alignment = alignment ?? found
                verifications += 1
                lostSync = nil
            }
        } catch {
            guard searched >= Self.patience else { return }
            lostSync = error
        }
        searched = 0
        search = AlignmentSearch(detection: detection, maxDelay: maximumDelay)
    }
}
