public import QuadratureAnalysis
public import UnitProtocol

extension ReceiverMoments {
    /// Sums that a unit made of its own samples. The unit counts the clipped samples of both channels together; they are
    /// booked on the first. Figures that no sum can have are clamped: a unit's words must not stop a program.
    public init(_ sums: Moments, limits: ClipLimits) {
        self.init(limits: limits)
        let count = Int64(clamping: sums.samples)
        x.add(
            samples: count, sum: sums.sumX, sumOfSquares: Int64(clamping: sums.sumSquaresX),
            clipped: Int64(clamping: sums.clippedSamples))
        guard sums.quadratures == 2 else { return }
        p.add(samples: count, sum: sums.sumP, sumOfSquares: Int64(clamping: sums.sumSquaresP), clipped: 0)
    }
}
