/// A block that does not exist yet: what of it is measured and what becomes key.
public struct FiniteSizePlan: Sendable, Hashable {
    /// N, n, ε, FER.
    public let block: KeyBlock
    /// m: symbols that are disclosed for parameter estimation. Counted as m data for heterodyne detection too, which
    /// is conservative.
    public let estimationSymbols: Int64

    /// A plan.
    ///
    /// - Parameters:
    ///   - blockSize: N, all slots.
    ///   - estimationFraction: m/N, 0 < m/N < 1; all other slots become key.
    ///   - failureProbability: ε of each term.
    ///   - frameErrorRate: FER.
    public init(
        blockSize: Int64, estimationFraction: Double, failureProbability: FailureProbability,
        frameErrorRate: Double = 0
    ) throws(KeyRateFailure) {
        let size = try Double(blockSize).checked(.blockSize) { $0 >= 2 && $0 <= 9e15 }
        let used = (size * (try estimationFraction.checked(.estimationFraction) { $0 > 0 && $0 < 1 })).rounded()
        guard used >= 1, used < size else { throw .outOfRange(.estimationFraction, value: estimationFraction) }
        estimationSymbols = Int64(used)
        block = try KeyBlock(
            symbols: blockSize, keySymbols: blockSize - Int64(used), failureProbability: failureProbability,
            frameErrorRate: frameErrorRate)
    }

    /// T_min and ξ_max if the estimates come out as planned, calibration taken as exact [4]:
    /// `t_min = t − w√(σ²/(mV_A))`, `σ²_max = σ²(1 + w√(2/m))`, `T_min = t_min²/(μ′η)`,
    /// `ξ_max = (σ²_max − 1 − v_el)/(μ′ηT_min)`. Nil if t_min ≤ 0: the block is too short to tell T from 0.
    public func worstCase(_ link: LinkParameters, _ receiver: ReceiverModel) -> WorstCase? {
        let share = receiver.detection.quadratureShare * receiver.efficiency
        let power = share * link.transmittance.value
        let excess = power * link.excessNoise.value
        let variance = 1 + receiver.electronicNoise.value + excess
        let (m, w) = (Double(estimationSymbols), block.failureProbability.deviations)
        let least = power.squareRoot() - w * (variance / (m * link.modulationVariance.value)).squareRoot()
        guard least > 0 else { return nil }
        // σ²_max − 1 − v_el, without subtracting what was added.
        let greatest = excess + variance * w * (2 / m).squareRoot()
        return WorstCase(
            transmittance: Transmittance(least * least / share), excessNoise: ExcessNoise(greatest / (least * least)))
    }

    /// K_f of a link.
    public func keyRate(
        _ link: LinkParameters, _ receiver: ReceiverModel, _ reconciliation: ReconciliationEfficiency
    ) -> FiniteKeyRate {
        guard let worst = worstCase(link, receiver),
            let worstLink = try? LinkParameters(
                modulationVariance: link.modulationVariance, transmittance: worst.transmittance,
                excessNoise: worst.excessNoise)
        else { return FiniteKeyRate(unboundedWith: block) }
        return FiniteKeyRate(
            information: receiver.detection.mutualInformation(signalToNoise: receiver.signalToNoise(link)),
            worstLink: worstLink, receiver: receiver, reconciliation: reconciliation, block: block)
    }
}
