internal import QuadratureAnalysis
internal import UnitControl
internal import UnitProtocol

/// Vacuum frames of a stream, summed until they make a window.
struct VacuumSums {
    private(set) var moments: ReceiverMoments
    private var power = 0.0
    private var symbols = 0.0

    init(limits: ClipLimits) { moments = ReceiverMoments(limits: limits) }

    /// W, over the frames.
    var localOscillatorPower: Double { power / symbols }

    /// Adds a frame; one that has fewer values than its detection makes of its symbols is left out.
    mutating func add(_ frame: StreamFrame, _ samples: RawSpan, _ detection: QuadratureAnalysis.Detection) {
        let values = Int(frame.count) * detection.samplesPerSymbol
        guard 2 * values <= samples.byteCount else { return }
        samples.withUnsafeBytes { bytes in
            // SAFETY: 2 bytes per value are there.
            let words = UnsafeRawBufferPointer(rebasing: bytes[..<(2 * values)]).bindMemory(to: Int16.self)
            moments.add(words.span, detection: detection)
        }
        power += frame.localOscillatorPower * Double(frame.count)
        symbols += Double(frame.count)
    }

    /// Adds sums that the unit has made over so many symbols.
    mutating func add(_ sums: ReceiverMoments, _ localOscillatorPower: Double, of count: Int64) {
        moments.merge(sums)
        power += localOscillatorPower * Double(count)
        symbols += Double(count)
    }

    /// The window if it is whole; the next one begins then.
    mutating func removeIfWhole(_ count: Int64) -> VacuumSums? {
        guard moments.samples >= count else { return nil }
        defer { self = VacuumSums(limits: moments.x.limits) }
        return self
    }
}
