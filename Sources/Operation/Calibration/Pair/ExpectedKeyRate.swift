internal import CalibrationRecords
internal import QuadratureAnalysis

/// What key could be expected of a link as training showed it: planning figures. Pure.
struct ExpectedKeyRate {
    let health: LinkHealth
    let worst: WorstCase?
    let detection: Detection
    let efficiency: Double
    let plan: PairPlan

    /// Figures, and why one is missing.
    func findings(_ limits: PairLimits) -> (measurements: [RecordedMeasurement], note: String?) {
        var found: [RecordedMeasurement] = []
        var margin: Double?
        do throws(KeyRateFailure) {
            let receiver = try ReceiverModel(
                detection: detection, efficiency: efficiency,
                electronicNoise: health.electronicNoise.value, trust: .trusted)
            let reconciliation = try ReconciliationEfficiency(plan.reconciliation)
            let epsilon = try FailureProbability(plan.failureProbability)
            let null = try NullKeyNoise(
                modulationVariance: health.modulationVariance, transmittance: health.transmittance.value,
                receiver: receiver, reconciliation: reconciliation)
            found.append(
                RecordedMeasurement(
                    "nullKeyExcessNoise", value: null.value?.value, unit: "SNU", plane: Plane.Input.name))
            if let (threshold, size) = try thresholdAtBlockSize(receiver, reconciliation, epsilon) {
                found.append(
                    RecordedMeasurement(
                        "nullKeyExcessNoise\(size)", value: threshold.value?.value, unit: "SNU",
                        plane: Plane.Input.name))
                margin = worst.flatMap { threshold.margin(of: $0.excessNoise) }
            }
            let link = try LinkParameters(
                modulationVariance: health.modulationVariance, transmittance: health.transmittance.value,
                excessNoise: health.excessNoise.value)
            found.append(
                RecordedMeasurement(
                    "asymptoticKeyRate",
                    value: KeyRate(link: link, receiver: receiver, reconciliation: reconciliation).asymptotic.value,
                    unit: "bit/symbol"))
            for size in plan.blockSizes {
                let block = try FiniteSizePlan(
                    blockSize: size, estimationFraction: plan.estimationFraction, failureProbability: epsilon)
                found.append(
                    RecordedMeasurement(
                        "finiteKeyRate\(size)", value: block.keyRate(link, receiver, reconciliation).rate.value,
                        unit: "bit/symbol"))
            }
            return (found + [judged(margin, limits)], nil)
        } catch {
            // A point estimate a little below 0 is statistics: no key rate, with the reason, and not a rate of 0.
            return (found + [judged(margin, limits)], "no key rate: \(error)")
        }
    }

    /// ξ_null at the largest block size, where T_min counts and Δ(n) is paid for: at 15 dB it is a seventh of the asymptotic
    /// one, against which a ξ_max that leaves no key would show a comfortable margin. Nil if there is no T_min that a channel
    /// can have, or no block size.
    private func thresholdAtBlockSize(
        _ receiver: ReceiverModel, _ reconciliation: ReconciliationEfficiency, _ epsilon: FailureProbability
    ) throws(KeyRateFailure) -> (null: NullKeyNoise, size: Int64)? {
        guard let worst, let size = plan.blockSizes.max() else { return nil }
        let plan = try FiniteSizePlan(
            blockSize: size, estimationFraction: plan.estimationFraction, failureProbability: epsilon)
        return (
            try NullKeyNoise(
                modulationVariance: health.modulationVariance, transmittanceWorstCase: worst.transmittance,
                receiver: receiver, reconciliation: reconciliation, block: plan.block), size
        )
    }

    /// A margin that could not be had is judged too: it fails.
    private func judged(_ margin: Double?, _ limits: PairLimits) -> RecordedMeasurement {
        RecordedMeasurement("margin", value: margin, unit: "1", limits: limits.margin)
    }
}
