// The standard library has no logarithm.
import Glibc

/// Information per symbol. A key rate may be negative, which says how far from a key one is, and is not clamped.
public struct BitsPerSymbol: PhysicalQuantity {
    /// Bits per symbol.
    public var value: Double
    /// `value` bits per symbol.
    public init(_ value: Double) { self.value = value }
}

extension Detection {
    /// I_AB of a Gaussian channel: ½ log2(1 + SNR) for each quadrature that a symbol yields, SNR that of one measured
    /// quadrature. The same as the formulas with V and χ_tot in physics.md §4, without their cancellation at low SNR.
    public func mutualInformation(signalToNoise: Ratio) -> BitsPerSymbol {
        BitsPerSymbol(Double(samplesPerSymbol) * log1p(signalToNoise.value) / (2 * M_LN2))
    }
}

/// G(x) = (x+1) log2(x+1) − x log2 x, the entropy of a thermal state with x photons on average, x ≥ 0.
///
/// As log2(1+x) + x·log2(1+1/x) it is a sum of positive terms for small x and for large x alike. NaN stays NaN.
func thermalEntropy(_ photons: Double) -> Double {
    if photons == 0 { return 0 }
    // 1/x would overflow; the neglected terms are below x².
    if photons < 1e-150 { return photons * (1 - log(photons)) / M_LN2 }
    return (log1p(photons) + photons * log1p(1 / photons)) / M_LN2
}
