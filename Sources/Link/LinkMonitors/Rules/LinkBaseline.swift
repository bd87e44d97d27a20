public import QuadratureAnalysis

/// What stays the same from block to block: the calibration and the commissioning that a block is compared with.
public struct LinkBaseline: Sendable, Hashable {
    /// Factors of the link. T is not a number while nobody knows it.
    public var sensitivity: LinkSensitivity
    /// V_on as calibrated; no samples if it was not.
    public var vacuum: ReceiverMoments
    /// V_off.
    public var dark: ReceiverMoments
    /// Power of the local oscillator over the calibration of V_on, W.
    public var localOscillatorPower: Double?
    /// Power of the local oscillator when the session began, W: V_on is expected at it. Nil: at the calibration's.
    public var sessionPower: Double?
    /// T as commissioned.
    public var transmittance: Estimate<Transmittance>?
    /// Sensors as they stood then.
    public var sensors: [Sensor: Double]
    /// Age of the calibration as a part of its useful life. That life ends where drift exceeds the statistical error
    /// (physics.md §2), so at its end V_on counts with half of its samples.
    public var ageing = 0.0
    /// Where each reference comes from; what is not in it has none yet.
    public var sources: [EvidenceKind: ShotNoiseReference.Source] = [:]

    /// A baseline.
    public init(
        sensitivity: LinkSensitivity, vacuum: ReceiverMoments, dark: ReceiverMoments, localOscillatorPower: Double?,
        transmittance: Estimate<Transmittance>? = nil, sensors: [Sensor: Double] = [:]
    ) {
        self.sensitivity = sensitivity
        self.vacuum = vacuum
        self.dark = dark
        self.localOscillatorPower = localOscillatorPower
        self.transmittance = transmittance
        self.sensors = sensors
    }

    /// V_on as it should be at `sessionPower`, each reading of a power having the relative standard deviation.
    public func expectedVacuum(powerSigma: Double) -> ExpectedVacuum {
        guard let sessionPower, let localOscillatorPower else { return ExpectedVacuum(vacuum: vacuum, ageing: ageing) }
        return ExpectedVacuum(
            vacuum: vacuum, dark: dark, ageing: ageing, powerRatio: sessionPower / localOscillatorPower,
            powerSigma: powerSigma)
    }

    /// V_on as a reference for a tracker.
    public func reference(
        _ source: ShotNoiseReference.Source, powerSigma: Double = ExpectedVacuum.usualPowerSigma
    ) -> ShotNoiseReference {
        ShotNoiseReference(
            vacuum: vacuum, localOscillatorPower: localOscillatorPower, source: source, ageing: ageing,
            expected: expectedVacuum(powerSigma: powerSigma))
    }

    /// Kinds of evidence that are references: what a block is compared with, and not the block's own.
    public static let references: Set<EvidenceKind> = [
        .vacuumReference, .darkSamples, .localOscillatorReference, .commissionedTransmittance, .photocurrentReference,
        .monitorReference,
    ]

    /// Says of everything that this baseline has where it comes from, unless that is known already.
    public mutating func label(_ source: ShotNoiseReference.Source) {
        func label(_ kind: EvidenceKind, _ isThere: Bool) {
            if isThere, sources[kind] == nil { sources[kind] = source }
        }
        label(.vacuumReference, vacuum.samples > 0)
        label(.darkSamples, dark.samples > 0)
        label(.localOscillatorReference, localOscillatorPower != nil)
        label(.commissionedTransmittance, transmittance != nil)
        label(.photocurrentReference, sensors[.photocurrent] != nil)
        label(.monitorReference, sensors[.monitorPower] != nil)
        label(.syncPower, sensors[.syncPower] != nil)
    }

    /// What a rule is compared with: the first windows if any of its references comes from them; nil if it needs none, or
    /// has none yet.
    public func source(of rule: MonitorRule) -> ShotNoiseReference.Source? {
        let own = rule.card.evidence.filter(Self.references.contains).compactMap { sources[$0] }
        return own.contains(.firstWindows) ? .firstWindows : own.first
    }
}
