public import QuadratureAnalysis
public import UnitControl
public import UnitProtocol

/// What the benchmarks do with each frame: they sum its samples, as the analysis of a session does.
public struct StreamSums: StreamConsumer {
    /// The sums so far.
    public private(set) var moments = ReceiverMoments()

    /// Nothing summed.
    public init() {}

    /// Sums the samples in place.
    public mutating func receive(_ frame: StreamFrame, _ samples: RawSpan) {
        // SAFETY: StreamAccounting has checked that 4 bytes per symbol are there, on a border of 8 bytes.
        samples.withUnsafeBytes { moments.add($0.bindMemory(to: Int16.self).span, detection: .heterodyne) }
    }
}
