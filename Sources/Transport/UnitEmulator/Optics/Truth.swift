// The standard library has no logarithm.
import Glibc

/// What a perfect estimator with unlimited data would read from the symbols of a run: the model's expectation values,
/// summed symbol by symbol so that slots can be put together at will.
///
/// Means over the randomness of noise, phase and modulation; drifts, warm-up and shutter motion enter as they happened.
public struct Truth: Sendable, Hashable {
    /// Slots with the shutter open that are regressed on Alice's data. One attenuator setting per truth.
    public var signal = Sums()
    /// Slots taken for V_on.
    public var vacuum = Sums()
    /// Slots taken for V_off.
    public var dark = Sums()
    /// |image|²/|g|²: what an imbalanced receiver adds to the rotation, as a power; 0 for a homodyne receiver.
    public let imagePower: Double
    /// μ′η.
    private let efficiency: Double

    /// A truth without symbols. Only detection, efficiency and imbalance are taken from the model.
    public init(_ model: PairModel) {
        efficiency = model.receiver.share * model.efficiency
        imagePower = model.effectiveImbalance.channels.imagePower
    }

    /// V_on, LSB²: includes classical noise of the local oscillator, what the shutter leaks and quantisation.
    public var vacuumVariance: Double { vacuum.totalVariance }
    /// V_off, LSB².
    public var darkVariance: Double { dark.totalVariance }
    /// N0 as the two-time evaluation reads it: V_on − V_off, LSB².
    public var shotNoise: Double { vacuumVariance - darkVariance }
    /// v_el = V_off/N0, SNU.
    public var electronicNoise: Double { darkVariance / shotNoise }
    /// 10 log10(V_on/V_off), dB.
    public var clearance: Double { 10 * log10(vacuumVariance / darkVariance) }
    /// S², LSB²: noise plus the modulation that the mean gain ⟨|g|⟩ common to x and p does not explain, P being the power
    /// gain: S² = ⟨noise⟩ + V_A(⟨P⟩ − ⟨|g|⟩²). An image is not explained and is noise.
    public var residualVariance: Double { signal.totalVariance - signal.modulation * squaredGain }
    /// T̂ = |g|²/(μ′ηN0). With everything else ideal, T e^(−V_err).
    public var transmittance: Double { squaredGain / (efficiency * shotNoise) }
    /// ξ̂_in = (S² − V_on)/|g|², SNU. With everything else ideal, ξ + (V_A + ξ)(e^V_err − 1) − leak·(V_A + ξ)e^V_err, and
    /// (1 + `imagePower`)ξ + `imagePower`·V_A with an imbalanced receiver.
    public var excessNoise: Double { (residualVariance - vacuumVariance) / squaredGain }

    /// ⟨|g|⟩², LSB² per SNU.
    private var squaredGain: Double { signal.meanGain * signal.meanGain }

    /// Adds another truth of the same pair.
    public mutating func merge(_ other: Truth) {
        signal.add(other.signal)
        vacuum.add(other.vacuum)
        dark.add(other.dark)
    }

    /// Sums over symbols of what the model expects of them.
    public struct Sums: Sendable, Hashable {
        /// Symbols.
        public private(set) var symbols: Int64 = 0
        /// Σ of the mean amplitude gain |g| that x and p have in common, LSB per √SNU at Alice's output.
        private var gain = 0.0
        /// Σ of V_A, SNU.
        private var modulationVariance = 0.0
        /// Σ of V_A times the mean power gain, LSB².
        private var modulated = 0.0
        /// Σ of the variance without modulation, LSB².
        private var noise = 0.0

        /// No symbols.
        public init() {}

        /// Adds the symbols of other slots.
        public mutating func add(_ other: Sums) {
            symbols += other.symbols
            gain += other.gain
            modulationVariance += other.modulationVariance
            modulated += other.modulated
            noise += other.noise
        }

        /// Adds `count` symbols of the same mean gain |g|, V_A, mean power gain and noise variance.
        mutating func add(count: Int, gain: Double, modulation: Double, powerGain: Double, noise: Double) {
            let weight = Double(count)
            symbols += Int64(count)
            self.gain += weight * gain
            modulationVariance += weight * modulation
            modulated += weight * modulation * powerGain
            self.noise += weight * noise
        }

        /// ⟨|g|⟩, LSB per √SNU.
        public var meanGain: Double { gain / Double(symbols) }
        /// ⟨V_A⟩, SNU, at the attenuator's setting.
        public var modulation: Double { modulationVariance / Double(symbols) }
        /// The variance of one of Bob's samples, LSB².
        public var totalVariance: Double { (modulated + noise) / Double(symbols) }
    }
}
