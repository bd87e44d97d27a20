/// A one-sided power spectral density: the power per Hz between 0 and half the symbol rate. With both quadratures of a
/// heterodyne receiver it is the mean of the two, each taken as a real signal, so that it can stand beside their variance.
public struct PowerSpectrum: Sendable, Hashable {
    /// LSB²/Hz, from 0 Hz in steps of `binWidth`; its integral is the variance.
    public var density: [Double]
    /// Hz between bins.
    public var binWidth: Double
    /// Averaged segments, overlapping by one half.
    public var segments: Int64

    /// Frequency of a bin, Hz.
    public func frequency(_ bin: Int) -> Double { Double(bin) * binWidth }

    /// One standard deviation of a bin relative to its value, for Gaussian noise.
    ///
    /// 1/√K for K independent segments. Hann windows that overlap by one half correlate periodograms by (1/6)² =
    /// 1/36 with their neighbours (Welch 1967), which makes it √((1 + 2(K−1)/(36K))/K). The first and last bin of a
    /// one-sided spectrum have half the degrees of freedom: √2 times that.
    public func relativeSigma(_ bin: Int) -> Double {
        let count = Double(segments)
        let sigma = ((1 + (count - 1) / (18 * count)) / count).squareRoot()
        return bin == 0 || bin == density.count - 1 ? sigma * 2.0.squareRoot() : sigma
    }

    /// Mean density over a band of bins, LSB²/Hz, and one standard deviation: neighbouring bins of a Hann window are
    /// correlated by (2/3)² and (1/6)², so that b bins carry as much as b/1.94 independent ones.
    public func mean(_ bins: Range<Int>) -> (value: Double, sigma: Double) {
        let value = bins.reduce(0) { $0 + density[$1] } / Double(bins.count)
        let count = Double(bins.count)
        let nearest = count > 1 ? 2 * (4.0 / 9) * (count - 1) / count : 0
        let next = count > 2 ? 2 * (1.0 / 36) * (count - 2) / count : 0
        return (value, value * relativeSigma(1) * ((1 + nearest + next) / count).squareRoot())
    }

    /// The power between the edges of the bins, LSB²: the variance of the windowed samples.
    public var power: Double { density.reduce(0, +) * binWidth }
}
