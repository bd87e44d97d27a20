// The standard library has no trigonometry.
import Glibc

/// A pair of units and the fibre between them: everything that stays as it is while the emulator runs.
///
/// Defaults describe a middling heterodyne link at 5 dB. Detector model, per measured quadrature, in SNU:
/// `y = √(μ′ηT)·x + z`, `var z = 1 + v_el + μ′ηTξ`, μ′ = 1 homodyne, ½ heterodyne.
public struct PairModel: Sendable, Hashable {
    /// How Bob measures.
    public enum Receiver: String, Sendable, Hashable, CaseIterable {
        /// One quadrature per symbol, by Bob's basis bit.
        case homodyne
        /// Both quadratures of each symbol, each with half of the light.
        case heterodyne

        /// μ′: the share of the light's power that one measured quadrature sees.
        public var share: Double { self == .homodyne ? 1 : 0.5 }
        /// Samples per symbol.
        public var samplesPerSymbol: Int { self == .homodyne ? 1 : 2 }
    }

    /// All randomness derives from it: two emulators with the same model make the two ends of the same link.
    public var seed: UInt64
    /// How Bob measures.
    public var receiver: Receiver = .heterodyne
    /// Symbols per second, Hz.
    public var symbolRate = PairModel.usualSymbolRate

    /// If nobody says, Hz. The model's rate and the highest of its units are one number.
    public static let usualSymbolRate = 10e6

    /// V_A: variance of each quadrature of the Gaussian modulation at 0 dB attenuation, SNU.
    public var modulationVariance = 5.0
    /// One LSB of Alice's sample words at 0 dB attenuation, √SNU.
    public var sampleScale = 5.0.squareRoot() / 4096
    /// Relative variance of Alice's intensity from symbol to symbol.
    public var signalIntensityNoise = 0.0

    /// What the modulator at its bias point lets through unmodulated, dB below the power at the highest V_A. Only Alice's
    /// monitor photodiode sees it here.
    public var modulatorExtinction = 40.0
    /// What the attenuator really does per dB that it is set to.
    public var attenuatorScale = 1.0

    /// Loss of the fibre, dB.
    public var loss = 5.0
    /// Deviation of the loss, dB.
    public var lossDrift = Drift.none
    /// ξ: excess noise of the channel at its input, SNU.
    public var excessNoise = 0.01
    /// V_err: variance of the phase that is left after compensation, rad², independent from symbol to symbol.
    public var phaseVariance = 0.001
    /// θ: constant rotation of Bob's axes against Alice's, rad; nil draws it from the seed.
    public var fixedPhase: Double?
    /// Symbols by which Bob's counter lags Alice's; nil draws 0…7 from the seed.
    public var fixedDelay: Int?

    /// η: from Bob's connector to the converter.
    public var efficiency = 0.6
    /// v_el: electronic noise in SNU at nominal local-oscillator power.
    public var electronicNoise = 0.1
    /// N0: shot-noise variance of one quadrature at nominal local-oscillator power, LSB².
    public var shotNoiseVariance = 10_000.0
    /// bP²/N0 at nominal power. Positive: classical noise of the local oscillator that balancing leaves, added to V_on
    /// and not to the gain. Negative: saturation, which lowers gain and noise alike.
    public var quadraticNoise = 0.0
    /// Nominal power of the local oscillator, W.
    public var nominalPower = 10e-3
    /// Relative deviation of the local oscillator's power.
    public var powerDrift = Drift.none
    /// The local oscillator starts with a relative power deficit of `depth` that decays with `timeConstant` (s).
    public var warmUp = WarmUp(depth: 0, timeConstant: 1)
    /// Relative variance of the local oscillator's intensity from symbol to symbol.
    public var powerIntensityNoise = 0.0
    /// What Bob's two quadratures differ by (heterodyne only).
    public var imbalance = Imbalance(gain: 0, angle: 0)

    /// Unmodulated light at Bob's signal connector, W, as an engineer connects to check his photodiodes; only the
    /// photocurrent sees it.
    public var referenceLight = 0.0

    /// What a closed shutter lets through, dB below open.
    public var shutterLeakage = 60.0
    /// The transmitted power approaches its end value exponentially with this time constant, s.
    public var shutterTimeConstant = 20e-6

    /// Resolution of Bob's converter, bits; it clips at ±(2^(bits−1) − 1).
    public var converterBits = 14
    /// Offset of the converter's x (or only) channel, LSB.
    public var offsetX = 0.0
    /// Offset of the converter's p channel, LSB.
    public var offsetP = 0.0

    /// The default pair with this seed.
    public init(seed: UInt64) { self.seed = seed }

    /// θ in rad, −π…π.
    public var phase: Double { fixedPhase ?? (2 * constants.uniform(0) - 1) * .pi }

    /// Bob's symbol i carries Alice's symbol i − `delay`.
    public var delay: Int { fixedDelay ?? Int(constants.uniform(1) * 8) }

    /// Largest sample that the converter gives, LSB; the smallest is its negative.
    public var converterLimit: Double { Double((1 << (converterBits - 1)) - 1) }

    /// A single detector has nothing to be unbalanced with.
    var effectiveImbalance: Imbalance { receiver == .heterodyne ? imbalance : Imbalance(gain: 0, angle: 0) }

    private var constants: StreamKey { StreamKey(seed: seed, session: 0, purpose: .constants) }
}

extension PairModel {
    /// A power deficit after switching on.
    public struct WarmUp: Sendable, Hashable {
        /// Relative deficit at switch-on.
        public var depth: Double
        /// Its decay, s.
        public var timeConstant: Double

        /// A deficit of `depth` that decays with `timeConstant` s.
        public init(depth: Double, timeConstant: Double) {
            self.depth = depth
            self.timeConstant = timeConstant
        }
    }

    /// A 90° hybrid and its two detectors, not quite equal.
    public struct Imbalance: Sendable, Hashable {
        /// The x channel's amplitude gain is 1 + gain/2, the p channel's 1 − gain/2.
        public var gain: Double
        /// The p channel measures at 90° + `angle`, rad.
        public var angle: Double

        /// An imbalance of relative amplitude `gain` and of `angle` rad.
        public init(gain: Double, angle: Double) {
            self.gain = gain
            self.angle = angle
        }

        var gainX: Double { 1 + gain / 2 }
        var gainP: Double { 1 - gain / 2 }
        var channels: ChannelGains { ChannelGains(x: gainX, p: gainP, cosine: cos(angle)) }
    }

    /// Amplitude gains of two channels that measure at 90° + angle to each other.
    struct ChannelGains {
        var x: Double
        var p: Double
        /// Of the angle.
        var cosine: Double

        /// M = ½(G_x² + G_p²).
        var meanSquare: Double { (x * x + p * p) / 2 }
        /// C = |½(G_x + G_p e^(i·angle))|²: what both channels have in common.
        var commonSquare: Double { (x * x + p * p + 2 * x * p * cosine) / 4 }
        /// The rest, relative to what is common.
        var imagePower: Double { meanSquare / commonSquare - 1 }
    }
}
