/// Bob's receiver as a key rate sees it.
public struct ReceiverModel: Sendable, Hashable {
    /// Who is assumed to hold what the receiver loses and adds.
    public enum Trust: String, Sendable, Hashable, CaseIterable {
        /// The receiver's loss and electronic noise are calibrated and out of Eve's reach.
        case trusted
        /// They are counted as Eve's.
        case untrusted
    }

    /// How Bob measures.
    public let detection: Detection
    /// η, from Bob's input connector to the ADC: insertion loss, mode overlap, quantum efficiency.
    public let efficiency: Double
    /// v_el at the detector output.
    public let electronicNoise: ShotNoiseUnits
    /// Whether Eve is kept out of it.
    public let trust: Trust

    /// A receiver; 0 < η ≤ 1, v_el ≥ 0.
    public init(
        detection: Detection, efficiency: Double, electronicNoise: ShotNoiseUnits, trust: Trust
    ) throws(KeyRateFailure) {
        self.detection = detection
        self.efficiency = try efficiency.checked(.efficiency) { $0 > 0 && $0 <= 1 }
        self.electronicNoise = ShotNoiseUnits(
            try electronicNoise.value.checked(.electronicNoise) { $0 >= 0 && $0 <= 1e9 })
        self.trust = trust
    }

    /// SNR of one measured quadrature: μ′ηTV_A / (1 + v_el + μ′ηTξ_in).
    public func signalToNoise(_ link: LinkParameters) -> Ratio {
        let gain = detection.quadratureShare * efficiency * link.transmittance.value
        return Ratio(
            gain * link.modulationVariance.value / (1 + electronicNoise.value + gain * link.excessNoise.value))
    }
}

/// β: the share of the mutual information that reconciliation turns into common bits, 0 < β ≤ 1.
public struct ReconciliationEfficiency: Sendable, Hashable {
    /// β.
    public let value: Double

    /// An efficiency of `value`.
    public init(_ value: Double) throws(KeyRateFailure) {
        self.value = try value.checked(.reconciliation) { $0 > 0 && $0 <= 1 }
    }
}
