extension EvidenceKind {
    /// The sensor that shows it; nil if it comes from samples or records.
    public var sensor: Sensor? {
        switch self {
        case .receiverWatchdog: .receiverInputPower
        case .photocurrent: .photocurrent
        case .transmitterWatchdog: .transmitterInputPower
        case .biasError: .biasError
        case .monitorPower: .monitorPower
        case .transmitterEntropy: .transmitterEntropy
        case .receiverEntropy: .receiverEntropy
        case .shutterReadBack: .shutterClosed
        case .syncPower: .syncPower
        case .classicalPower: .classicalPower
        default: nil
        }
    }

    /// Whether a receiver has it or not, whatever a session brings.
    var isOfTheReceiver: Bool { self == .bothQuadratures || self == .basisChoice }

    /// Why it may be missing, for a person who wonders what a rule lacks.
    public var absence: String {
        switch self {
        case .vacuumSamples, .vacuumShape: "too few vacuum samples in the window"
        case .vacuumReference: "no calibrated V_on, and no first windows yet"
        case .darkSamples: "no V_off to compare it with"
        case .darkBlock: "no dark samples"
        case .signalSamples, .signalShape: "too few samples with the shutter open"
        case .channelEstimate, .transmittanceEstimate: "training of the window yields no estimate"
        case .commissionedTransmittance: "no calibrated T, and no first windows yet"
        case .localOscillatorPower: "no reading of the local oscillator's power"
        case .localOscillatorReference: "no calibrated power of the local oscillator"
        case .bothQuadratures: "the receiver measures one quadrature at a time"
        case .receiverWatchdog: "Bob's input watchdog does not show it"
        case .photocurrent: "Bob's photocurrent is not there"
        case .photocurrentReference: "no photocurrent of a calibration, and no first windows yet"
        case .transmitterWatchdog: "Alice's input watchdog does not show it"
        case .biasError: "Alice's bias error is not there"
        case .monitorPower: "Alice's monitor photodiode is not there"
        case .monitorReference: "no monitor power to compare it with yet"
        case .transmitterEntropy: "Alice's entropy health is not there"
        case .receiverEntropy: "Bob's entropy health is not there"
        case .words: "too few of Alice's words"
        case .basisChoice: "the receiver measures both quadratures of each symbol, and chooses no basis"
        case .basis: "too few basis bits"
        case .shutterReadBack: "too few read-backs of the shutter yet, or no vacuum slots"
        case .vacuumAgainstWords: "too few symbols that were vacuum at Bob and disclosed by Alice"
        case .syncPower: "no received power of the sync channel, now or then"
        case .classicalPower: "nobody has told the launch power of classical channels"
        case .secondPower: "takes a second power of the local oscillator, which would interrupt the session"
        case .alignedTraining: "no training yet, or no delay found"
        }
    }
}
