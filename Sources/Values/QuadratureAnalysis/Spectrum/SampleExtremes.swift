internal import CUnitIO

/// Least and greatest sample of each channel of a receiver: they show where a converter ends that does not say so.
public struct SampleExtremes: Sendable {
    private var x = cu_extremes(least: .max, greatest: .min)
    private var p = cu_extremes(least: .max, greatest: .min)

    /// No samples yet.
    public init() {}

    /// Of x, or of the only channel; nil without samples.
    public var rangeX: ClosedRange<Int16>? { x.least <= x.greatest ? x.least...x.greatest : nil }
    /// Of p; nil for a single channel.
    public var rangeP: ClosedRange<Int16>? { p.least <= p.greatest ? p.least...p.greatest : nil }

    /// Adds a block in the receiver's own layout: y, y, y… for homodyne, x, p, x, p… for heterodyne, where a sample without
    /// its partner at the end is left out.
    public mutating func add(_ block: Span<Int16>, detection: Detection) {
        var (even, odd) = (x, detection == .heterodyne ? p : x)
        // SAFETY: the kernel reads 2 * (count / 2) samples, which the span has, and keeps no pointer.
        block.withUnsafeBufferPointer { cu_extremes_xp16($0.baseAddress, $0.count / 2, &even, &odd) }
        if detection == .heterodyne {
            (x, p) = (even, odd)
            return
        }
        x = cu_extremes(least: min(even.least, odd.least), greatest: max(even.greatest, odd.greatest))
        guard block.count % 2 == 1 else { return }
        let last = block[block.count - 1]
        x = cu_extremes(least: min(x.least, last), greatest: max(x.greatest, last))
    }
}
