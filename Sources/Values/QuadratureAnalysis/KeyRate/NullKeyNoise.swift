/// ξ_null: the excess noise at which there is no key left.
public enum NullKeyNoise: Sendable, Hashable {
    /// The rate is 0 at this excess noise and positive below.
    case excessNoise(ExcessNoise<Plane.Input>)
    /// Even without excess noise there is no key: the rate there, ≤ 0, says by how much.
    case noKey(rateWithoutExcessNoise: BitsPerSymbol)

    /// The threshold, nil if there is none.
    public var value: ExcessNoise<Plane.Input>? {
        switch self {
        case .excessNoise(let noise): noise
        case .noKey: nil
        }
    }

    /// 1 − ξ_max/ξ_null: the share of the threshold that is left, negative beyond it. Nil without a threshold, and for a
    /// ξ_max that is not a number or below 0: the latter refuses the data, and must not pass for a great margin. Always a
    /// finite number: the least there is, where ξ_null is too small to divide by.
    public func margin(of worst: ExcessNoise<Plane.Input>) -> Double? {
        guard worst.value.isFinite, worst.value >= 0 else { return nil }
        return value.map { max(1 - worst.value / $0.value, -Double.greatestFiniteMagnitude) }
    }

    /// The asymptotic threshold: K = 0 at T.
    public init(
        modulationVariance: ShotNoiseUnits, transmittance: Transmittance, receiver: ReceiverModel,
        reconciliation: ReconciliationEfficiency
    ) throws(KeyRateFailure) {
        try self.init(modulationVariance, transmittance, receiver, reconciliation, correction: BitsPerSymbol(0))
    }

    /// The threshold at a block size, to compare ξ_max with: β I_AB − χ_BE − Δ(n) = 0 at (T_min, ξ), I_AB included.
    /// `FiniteKeyRate` takes I_AB as the data had it, so that the margin vanishes a little before the rate does.
    public init(
        modulationVariance: ShotNoiseUnits, transmittanceWorstCase: Transmittance, receiver: ReceiverModel,
        reconciliation: ReconciliationEfficiency, block: KeyBlock
    ) throws(KeyRateFailure) {
        try self.init(
            modulationVariance, transmittanceWorstCase, receiver, reconciliation,
            correction: block.finiteSizeCorrection)
    }

    private init(
        _ modulation: ShotNoiseUnits, _ transmittance: Transmittance, _ receiver: ReceiverModel,
        _ reconciliation: ReconciliationEfficiency, correction: BitsPerSymbol
    ) throws(KeyRateFailure) {
        let rate = { (noise: Double) throws(KeyRateFailure) -> Double in
            let link = try LinkParameters(
                modulationVariance: modulation, transmittance: transmittance, excessNoise: ExcessNoise(noise))
            return KeyRate(link: link, receiver: receiver, reconciliation: reconciliation).asymptotic.value
                - correction.value
        }
        let without = try rate(0)
        guard without > 0 else {
            self = .noKey(rateWithoutExcessNoise: BitsPerSymbol(without))
            return
        }
        // From ξ_in = 2 on, every channel breaks entanglement and K ≤ 0: the doubling ends there at the latest.
        var (low, high) = (0.0, 1e-12)
        while try rate(high) > 0, high < 4 { (low, high) = (high, 2 * high) }
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { break }
            if try rate(middle) > 0 { low = middle } else { high = middle }
        }
        // The side where the rate is still positive.
        self = .excessNoise(ExcessNoise(low))
    }
}
