internal import QuadratureAnalysis
internal import UnitProtocol

/// Joins Bob's vacuum frames with the words that Alice disclosed for the same symbols and sums up for the regression of
/// one on the other: a closed shutter that leaks lets vacuum follow her words.
///
/// A vacuum frame is followed at once by its disclosure if its symbols were training at Alice (protocol page, section
/// 8); most are not, and are passed over. Fed frame by frame. Memory grows to the longest frame and stays.
struct ShutterLeakPairs {
    /// Symbols of the present window.
    private(set) var regression: TrainingRegression
    /// Symbols that were disclosed while no delay was known, or it was in doubt.
    private(set) var unplacedSymbols: UInt64 = 0
    private let detection: QuadratureAnalysis.Detection

    // The vacuum frame that may be followed by a disclosure. Vacuum holds nothing secret.
    private var samples: [Int16] = []
    private var basis: [UInt8] = []
    private var firstSymbol: UInt64 = 0
    private var count = 0

    init(detection: QuadratureAnalysis.Detection) {
        self.detection = detection
        regression = TrainingRegression(detection: detection)
    }

    /// Keeps a vacuum frame until the next frame says whether it was training at Alice.
    mutating func add(vacuum frame: StreamFrame, samples bytes: RawSpan) {
        let symbols = Int(frame.count)
        let values = symbols * detection.samplesPerSymbol
        samples.removeAll(keepingCapacity: true)
        basis.removeAll(keepingCapacity: true)
        bytes.withUnsafeBytes { bytes in
            // SAFETY: StreamAccounting has checked that the samples of the stated format and count are there.
            samples.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self))
            if frame.format == .x16Basis { basis.append(contentsOf: bytes[(2 * values)...]) }
        }
        firstSymbol = frame.firstSymbol
        count = symbols
    }

    /// Takes what Alice disclosed; false if it does not belong to the vacuum frame that came last.
    ///
    /// - Parameter delay: of Bob's index against Alice's, symbols; nil while it is not known.
    mutating func add(disclosed frame: StreamFrame, samples bytes: RawSpan, delay: Int?) -> Bool {
        guard count > 0, frame.format == .xp16, frame.firstSymbol == firstSymbol, Int(frame.count) == count else {
            return false
        }
        defer { count = 0 }
        guard let delay else {
            unplacedSymbols += UInt64(count)
            return true
        }
        let (bob, bits) = (samples, basis)
        bytes.withUnsafeBytes { bytes in
            // SAFETY: 4 bytes per disclosed symbol are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(4 * count)]).bindMemory(to: Int16.self)
            if detection == .homodyne {
                regression.add(alice: words.span, bob: bob.span, basis: bits.span, delay: delay)
            } else {
                regression.add(alice: words.span, bob: bob.span, delay: delay)
            }
        }
        return true
    }

    /// The symbols of the present window, which ends.
    mutating func closeWindow() -> TrainingRegression {
        defer { regression = TrainingRegression(detection: detection) }
        return regression
    }
}
