/// What may be the cause.
public enum Hypothesis: String, Sendable, Hashable, CaseIterable {
    /// A bend in the fibre.
    case fibreBend
    /// A dirty or loose connector.
    case dirtyConnector
    /// The units count different symbols.
    case syncSlip
    /// The local oscillator's power drifts.
    case localOscillatorDrift
    /// The closed shutter lets some of the signal through.
    case shutterLeak
    /// The shutter stays open.
    case shutterStuck
    /// Bob's amplifier, filter or converter.
    case receiverFault
    /// Alice's modulator has left its working point.
    case modulatorBiasDrift
    /// Classical channels in the same fibre.
    case ramanNoise
    /// A random-number source is ill.
    case randomnessFailure
    /// Somebody lowers N0 behind the calibration's back.
    case calibrationAttack
    /// Somebody forges V_on by light at another wavelength.
    case wavelengthAttack
    /// Somebody measures and sends on, or adds noise otherwise.
    case interceptResend
    /// Somebody takes light.
    case tap
    /// Somebody drives the receiver to its limits, or blinds it.
    case receiverLightAttack
    /// Somebody shines into Alice.
    case trojanHorse
    /// Alice sends more light than she was characterised for, by somebody's light or by a fault of her attenuator.
    case strongerTransmitter

    /// Attacks are reported as suspicions, never as facts.
    public var isAttack: Bool {
        switch self {
        case .calibrationAttack, .wavelengthAttack, .interceptResend, .tap, .receiverLightAttack, .trojanHorse,
            .strongerTransmitter:
            true
        default: false
        }
    }
}

/// What a hypothesis says about symptoms: which it brings about, and which speak against it if seen. Weights are
/// log-odds in rough steps: 1 a hint, 3 strong, 6 all but necessary. They order hypotheses; they are no probabilities.
public struct HypothesisCard: Sendable, Hashable {
    /// Symptoms that it explains: (weight if seen, weight against it if absent). Both are 0 for a mere consequence, which
    /// many causes have: it is explained, and speaks for nothing.
    public var explains: [Symptom: Weights]
    /// Symptoms that speak against it if seen.
    public var contradicts: [Symptom: Int]
    /// Symptoms of which at least one must be seen before it can be called likely; empty if any will do.
    public var needs: Set<Symptom>
    /// What to measure next, to be surer.
    public var next: String

    /// For if seen; against if absent.
    public struct Weights: Sendable, Hashable {
        /// For the hypothesis, if the symptom is seen.
        public var present: Int
        /// Against it, if it is absent.
        public var absent: Int

        init(_ present: Int, _ absent: Int) {
            self.present = present
            self.absent = absent
        }
    }
}
