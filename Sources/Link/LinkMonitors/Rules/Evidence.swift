public import QuadratureAnalysis

/// What a rule needs to be judged. A rule whose evidence is not there says so; it never says that all is well.
public enum EvidenceKind: String, Sendable, Hashable, CaseIterable {
    /// Vacuum samples of this block.
    case vacuumSamples
    /// V_on of a calibration.
    case vacuumReference
    /// V_off of the calibration, or of the session's beginning.
    case darkSamples
    /// V_off of this block: dark frames, or the session's own measurement compared with a calibration.
    case darkBlock
    /// Signal samples of this block, as sums.
    case signalSamples
    /// Fourth moments of signal samples.
    case signalShape
    /// Fourth moments and neighbours of vacuum samples.
    case vacuumShape
    /// T̂ and ξ̂ from training.
    case channelEstimate
    /// T̂ from training, which may be about 0: then there is no ξ̂.
    case transmittanceEstimate
    /// T of the commissioning, or of the last calibration.
    case commissionedTransmittance
    /// Power of the local oscillator, now.
    case localOscillatorPower
    /// Power of the local oscillator when V_on was calibrated.
    case localOscillatorReference
    /// A receiver that measures both quadratures of a symbol, apart from each other.
    case bothQuadratures
    /// A receiver that chooses the quadrature of each symbol.
    case basisChoice
    /// Bob's input watchdog photodiode.
    case receiverWatchdog
    /// DC photocurrent of Bob's detector.
    case photocurrent
    /// Photocurrent when V_on was calibrated.
    case photocurrentReference
    /// Alice's input watchdog photodiode.
    case transmitterWatchdog
    /// Bias error of Alice's modulator.
    case biasError
    /// Alice's monitor photodiode.
    case monitorPower
    /// Alice's monitor photodiode at the calibration of V_A.
    case monitorReference
    /// Entropy health that Alice's unit reports.
    case transmitterEntropy
    /// Entropy health that Bob's unit reports.
    case receiverEntropy
    /// Alice's sample words.
    case words
    /// Bob's basis bits.
    case basis
    /// Read-backs of Bob's shutter beside the part of slots in which it should be closed.
    case shutterReadBack
    /// Bob's vacuum samples beside the words that Alice disclosed for the same symbols.
    case vacuumAgainstWords
    /// Received power of the synchronisation channel, now and at the commissioning.
    case syncPower
    /// Launch power of the classical channels in the same fibre; no unit measures it.
    case classicalPower
    /// V_on at two powers of the local oscillator; interrupts the session.
    case secondPower
    /// Training that was joined with its disclosure at a known delay.
    case alignedTraining
}

/// A quantity that a unit's sensor shows, by meaning; NaN and missing are the same.
public enum Sensor: String, Sendable, Hashable, CaseIterable {
    /// Light that enters Bob, W (telemetry 17 at Bob).
    case receiverInputPower
    /// DC photocurrent of Bob's detector, A (32).
    case photocurrent
    /// Light that enters Alice, W (17 at Alice).
    case transmitterInputPower
    /// Modulator bias error, 1 (11).
    case biasError
    /// Alice's monitor photodiode, W (16).
    case monitorPower
    /// Alice's entropy health, 1 good (23).
    case transmitterEntropy
    /// Bob's entropy health, 1 good (23).
    case receiverEntropy
    /// 1 if Bob's shutter reads back closed now, whatever the slot (15).
    case shutterClosed
    /// Received power of the synchronisation channel, W (20).
    case syncPower
    /// Launch power of classical channels in the same fibre, W: from the network's operator.
    case classicalPower
}

/// What one block, or one window of a session, has to show.
public struct BlockEvidence: Sendable {
    /// Vacuum samples.
    public var vacuum = ReceiverMoments()
    /// Dark samples: V_off now. None if nobody asked for dark frames.
    public var dark = ReceiverMoments()
    /// Samples with the shutter open, signal and training alike.
    public var signal = ReceiverMoments()
    /// Fourth moments of vacuum samples, both channels about their centres.
    public var vacuumShape: SampleShape?
    /// Fourth moments of samples with the shutter open.
    public var signalShape: SampleShape?
    /// Mean power of the local oscillator over the block, W.
    public var localOscillatorPower: Double?
    /// T̂ from training.
    public var transmittance: Estimate<Transmittance>?
    /// ξ̂ from training.
    public var excessNoise: Estimate<ExcessNoise<Plane.Input>>?
    /// S² beside V_on, the variances that ξ̂ is the difference of.
    public var residual: ResidualEvidence?
    /// Gain of vacuum samples on Alice's words.
    public var leak: ShutterLeak?
    /// Read-backs of the shutter.
    public var readBack: ShutterReadings?
    /// Alice's words.
    public var words: WordStatistics?
    /// Bob's basis bits.
    public var basis: BasisCount?
    /// Sensors, as the units report them now. Stale values do not belong here.
    public var sensors: [Sensor: Double] = [:]
    /// V_on at a second power of the local oscillator.
    public var secondPower: SecondPower?
    /// Whether training no longer correlates at the known delay; nil while there is none to look at.
    public var lostSync: Bool?
    /// The delay that the search found instead of the known one; nil if it found none, or nothing was lost.
    public var slip: DelaySlip?

    /// Nothing yet.
    public init() {}
}

/// V_on at another power of the local oscillator, with the power.
public struct SecondPower: Sendable, Hashable {
    /// Vacuum samples at that power.
    public var vacuum: ReceiverMoments
    /// The power, W.
    public var power: Double

    /// Vacuum samples at a power.
    public init(vacuum: ReceiverMoments, power: Double) {
        self.vacuum = vacuum
        self.power = power
    }
}
