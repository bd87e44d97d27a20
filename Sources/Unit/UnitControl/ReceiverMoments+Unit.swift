public import QuadratureAnalysis
public import UnitProtocol

extension ReceiverMoments {
    /// Sums that a unit made of its own samples. The unit counts the clipped samples of both channels together: they are
    /// booked on the first as far as it has samples, the rest on the second. Figures that no sum can have are clamped: a
    /// unit's words must not stop a program. `Unit.measureMoments` refuses them before.
    public init(_ sums: Moments, limits: ClipLimits) {
        self.init(limits: limits)
        let (count, clipped) = (Int64(clamping: sums.samples), Int64(clamping: sums.clippedSamples))
        let first = sums.quadratures == 2 ? min(clipped, count) : clipped
        x.add(samples: count, sum: sums.sumX, sumOfSquares: Int64(clamping: sums.sumSquaresX), clipped: first)
        guard sums.quadratures == 2 else { return }
        p.add(
            samples: count, sum: sums.sumP, sumOfSquares: Int64(clamping: sums.sumSquaresP), clipped: clipped - first)
    }
}

extension Moments {
    /// Why this cannot be the answer to a request for so many samples of a kind from such a unit; nil if it can.
    func contradiction(kind: SymbolKind, samples: UInt64, of capabilities: Capabilities) -> String? {
        guard self.kind == kind else { return "sums of \(self.kind) samples, \(kind) was asked for" }
        guard self.samples == samples else { return "sums of \(self.samples) samples, \(samples) were asked for" }
        let channels = capabilities.detection == .heterodyne ? 2 : 1
        guard quadratures == channels else { return "sums of \(quadratures) quadratures, its receiver has \(channels)" }
        guard quadratures == 2 || (sumP == 0 && sumSquaresP == 0) else {
            return "sums of p from a receiver with one channel"
        }
        // Beyond what the shared rules can see: their sums are signed.
        guard sumSquaresX <= UInt64(Int64.max), sumSquaresP <= UInt64(Int64.max), samples <= UInt64(Int64.max) else {
            return "sums that no samples of 16 bits have"
        }
        guard localOscillatorPower.isFinite, (0...10).contains(localOscillatorPower) else {
            return "a local oscillator of \(localOscillatorPower) W"
        }
        guard startTime <= endTime else { return "a measurement that ended before it began" }
        let sums = ReceiverMoments(self, limits: ClipLimits(low: capabilities.clipLow, high: capabilities.clipHigh))
        return sums.contradiction()?.description
    }
}
