/// Attacks on a pair and faults of its optics, by name: what `cvqkd-emulator inject` and `run --attack` take. Each has a
/// strength and is one of the causes of physics.md §5.
public enum Attack: String, Sendable, CaseIterable {
    /// Jouguet, Kunz-Jacques, Diamanti 2013.
    case loCalibration = "lo-calibration"
    /// The same with the eavesdropper's gain raised.
    case loCalibrationGain = "lo-calibration-gain"
    /// The local oscillator's power changes.
    case loDrift = "lo-drift"
    /// Qin, Kumar, Alléaume 2016.
    case saturation
    /// Strong continuous light.
    case blinding
    /// Light into Alice.
    case trojanHorse = "trojan-horse"
    /// The modulator leaves its working point.
    case biasDrift = "bias-drift"
    /// Alice's words repeat.
    case wordRepeats = "word-repeats"
    /// Alice's words have a mean.
    case wordSkew = "word-skew"
    /// Bob prefers a basis.
    case basisBias = "basis-bias"
    /// A closed shutter leaks.
    case shutterLeak = "shutter-leak"
    /// The shutter stays open.
    case shutterStuck = "shutter-stuck"
    /// Light of other channels.
    case raman
    /// Huang et al. 2014.
    case wavelength
    /// A bend in the fibre.
    case fibreBend = "fibre-bend"
    /// Dirt on a connector.
    case dirtyConnector = "dirty-connector"
    /// Bob's counter slips.
    case syncSlip = "sync-slip"
    /// The eavesdropper measures and sends on.
    case interceptResend = "intercept-resend"
    /// All of them end.
    case none = "no-attack"

    /// One line for `cvqkd-emulator attacks`: what it does, and what the strength means.
    public var explanation: String {
        switch self {
        case .loCalibration:
            "the true N0 is the calibrated one divided by STRENGTH (default 1.5; 1 ends it), P_LO stays"
        case .loCalibrationGain: "the same, and the eavesdropper raises her gain so that T in calibrated units stays"
        case .loDrift: "the local oscillator's power changes by the part STRENGTH (default -0.05; 0 ends it)"
        case .saturation: "light displaces both of Bob's channels by STRENGTH root SNU at the detector (default 80)"
        case .blinding: "STRENGTH W (default 1e-3) of continuous light on Bob's detector: photocurrent, lower gain"
        case .trojanHorse: "STRENGTH W (default 1e-4) of light enters Alice"
        case .biasDrift:
            "Alice's bias error is STRENGTH (default 0.05): carrier of 2·STRENGTH·root V_A, V_A lower by (1 − STRENGTH)²"
        case .wordRepeats: "the part STRENGTH (default 0.1) of Alice's cells of 128 symbols repeats the cell before"
        case .wordSkew: "Alice's words have a mean of STRENGTH (default 0.02) standard deviations"
        case .basisBias: "Bob's unit chooses p with probability 0.5 + STRENGTH (default 0.02; homodyne)"
        case .shutterLeak: "the closed shutter has STRENGTH dB of extinction (default 20; 200 ends it)"
        case .shutterStuck: "the shutter stays open, and reads back open (1; 0 ends it)"
        case .raman: "STRENGTH SNU (default 0.02) of noise at the channel's output from other channels"
        case .wavelength:
            "the true N0 is divided by STRENGTH (default 1.5) and vacuum slots are forged so that V_on stays"
        case .fibreBend: "STRENGTH dB (default 2) of loss, a tenth of it for the synchronisation channel"
        case .dirtyConnector: "STRENGTH dB (default 2) of loss, the same for the synchronisation channel"
        case .syncSlip: "Bob's counter slips by STRENGTH symbols (default 5)"
        case .interceptResend:
            "STRENGTH (default 1) of all symbols is measured and sent on: 2·STRENGTH SNU at the input"
        case .none: "every attack and optical fault of the pair ends"
        }
    }

    /// The strength if none is given.
    public var defaultStrength: Double {
        switch self {
        case .loCalibration, .loCalibrationGain, .wavelength: 1.5
        case .loDrift: -0.05
        case .saturation: 80
        case .blinding: 1e-3
        case .trojanHorse: 1e-4
        case .biasDrift: 0.05
        case .wordRepeats: 0.1
        case .wordSkew, .basisBias, .raman: 0.02
        case .shutterLeak: 20
        case .fibreBend, .dirtyConnector: 2
        case .syncSlip: 5
        case .shutterStuck, .interceptResend, .none: 1
        }
    }

    /// Strengths that make physical sense.
    public var range: ClosedRange<Double> {
        switch self {
        case .loCalibration, .loCalibrationGain, .wavelength: 0.5...4
        case .loDrift: -0.99...1
        case .saturation: 0...1_000
        case .blinding, .trojanHorse: 0...1
        case .biasDrift: -0.5...0.5
        case .wordRepeats, .shutterStuck, .interceptResend: 0...1
        case .wordSkew: -1...1
        case .basisBias: -0.5...0.5
        case .shutterLeak: 0...200
        case .raman: 0...10
        case .fibreBend, .dirtyConnector: 0...60
        case .syncSlip: -1_000...1_000
        case .none: -Double.infinity ... .infinity
        }
    }
}

/// Attacks and faults in force, by strength. Each may be in force once; effects of several add up.
public struct AttackSet: Sendable, Hashable {
    private var strengths: [Attack: Double] = [:]

    /// None.
    public init() {}

    /// Puts an attack in force, replacing its former strength.
    public mutating func set(_ attack: Attack, strength: Double) {
        if attack == .none { strengths = [:] } else { strengths[attack] = strength }
    }

    /// Its strength; nil if it is not in force.
    public subscript(attack: Attack) -> Double? { strengths[attack] }

    /// Those in force, by name.
    public var inForce: [(attack: Attack, strength: Double)] {
        Attack.allCases.compactMap { attack in strengths[attack].map { (attack, $0) } }
    }

    /// What they do to the light between the units and at Bob.
    public var impairments: Impairments {
        var effect = Impairments()
        for (attack, strength) in inForce {
            switch attack {
            case .loCalibration: effect.calibrationRatio *= strength
            case .loCalibrationGain:
                effect.calibrationRatio *= strength
                effect.raisesGain = true
            case .loDrift: effect.powerChange += strength
            case .saturation: effect.displacement += strength
            case .blinding: effect.blindingPower += strength
            case .trojanHorse: effect.trojanPower += strength
            case .basisBias: effect.basisBias += strength
            case .shutterLeak: effect.shutterLeak = max(effect.shutterLeak, powerRatio(attenuation: strength))
            case .shutterStuck: if strength >= 0.5 { effect.shutterLeak = 1 }
            case .raman: effect.outputNoise += strength
            case .wavelength:
                effect.calibrationRatio *= strength
                effect.forgedVacuum += 1 - 1 / strength
            case .fibreBend:
                effect.extraLoss += strength
                effect.syncLoss += 0.1 * strength
            case .dirtyConnector:
                effect.extraLoss += strength
                effect.syncLoss += strength
            case .syncSlip: effect.slip += Int64(strength)
            case .interceptResend: effect.inputNoise += 2 * strength
            case .biasDrift, .wordRepeats, .wordSkew, .none: break
            }
        }
        return effect
    }

    /// What they do to Alice's modulator and words; `modulation` is the model's V_A, SNU.
    public func transmitter(modulation: Double) -> TransmitterImpairments {
        var effect = TransmitterImpairments()
        if let bias = strengths[.biasDrift] {
            effect.carrier = 2 * bias * modulation.squareRoot()
            effect.amplitudeError = -bias
        }
        effect.repetition = strengths[.wordRepeats] ?? 0
        effect.skew = strengths[.wordSkew] ?? 0
        return effect
    }
}
