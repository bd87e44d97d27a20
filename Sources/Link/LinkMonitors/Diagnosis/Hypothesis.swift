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
    /// The shutter lets signal through, or is stuck.
    case shutterLeak
    /// Alice's modulator has left its working point.
    case modulatorBiasDrift
    /// Classical channels in the same fibre.
    case ramanNoise
    /// A random-number source is ill.
    case randomnessFailure
    /// Somebody lowers N0 behind the calibration's back.
    case calibrationAttack
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
        case .calibrationAttack, .interceptResend, .tap, .receiverLightAttack, .trojanHorse, .strongerTransmitter: true
        default: false
        }
    }
}

/// What a symptom says about a hypothesis: for it if seen, against it if absent, or against it if seen. Weights are
/// log-odds in rough steps: 1 a hint, 3 strong, 6 all but necessary. They order hypotheses; they are no probabilities.
public struct HypothesisCard: Sendable, Hashable {
    /// Symptoms that belong to it: (weight if seen, weight against it if absent).
    public var belongs: [Symptom: Weights]
    /// Symptoms that speak against it if seen.
    public var contradicts: [Symptom: Int]
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
