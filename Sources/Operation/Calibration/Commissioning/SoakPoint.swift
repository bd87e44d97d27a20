public import Foundation
internal import QuadratureAnalysis

/// One interval of a soak: an estimate from its own training and vacuum, independent of its neighbours.
public struct SoakPoint: Codable, Sendable, Hashable {
    /// When the interval ended.
    public var time: Date
    /// How long it streamed, s.
    public var seconds: Double
    /// T and its standard uncertainty.
    public var transmittance: Double
    /// σ of T.
    public var transmittanceSigma: Double
    /// ξ_in, SNU, never clamped.
    public var excessNoise: Double
    /// σ of ξ_in.
    public var excessNoiseSigma: Double
    /// V_on, LSB².
    public var vacuumVariance: Double
    /// Delay, symbols.
    public var delay: Int
    /// Symbols that were lost and declared.
    public var missingSymbols: UInt64

    /// A point.
    public init(
        time: Date, seconds: Double, transmittance: Double, transmittanceSigma: Double, excessNoise: Double,
        excessNoiseSigma: Double, vacuumVariance: Double, delay: Int, missingSymbols: UInt64
    ) {
        self.time = time
        self.seconds = seconds
        self.transmittance = transmittance
        self.transmittanceSigma = transmittanceSigma
        self.excessNoise = excessNoise
        self.excessNoiseSigma = excessNoiseSigma
        self.vacuumVariance = vacuumVariance
        self.delay = delay
        self.missingSymbols = missingSymbols
    }

    /// Loss of the channel, dB.
    public var loss: Double { -10 * log10(transmittance) }
    /// Its standard uncertainty, dB.
    public var lossSigma: Double { Decibels(relativeSigma: transmittanceSigma / transmittance).value }
}
