internal import RawKeyMessages

/// Rule version 1 for Alice's evidence: a function of the numbers that stand in her statement, and of nothing else.
///
/// A transmitter that is stronger than characterised shows in no noise, and key is overstated; one that is weaker has lost
/// light, or somebody else has it. Both directions have a limit.
enum TransmitterRule {
    static func judge(
        _ evidence: Cvqkd_Rawkey_V1_TransmitterEvidence, held: Int, gaps: [Cvqkd_Rawkey_V1_GapCells], alarms: [String],
        policy: EvidencePolicy
    ) -> [Cvqkd_Rawkey_V1_JudgedQuantity] {
        var judged = JudgedQuantities()
        let reference = evidence.referencePower
        let allowance = policy.calibrationSigmas * reference.sigma / reference.value
        let (lower, upper) = (1 - policy.weakerTolerance - allowance, 1 + policy.strongerTolerance + allowance)
        let ratio = evidence.monitorPower.value / reference.value
        judged.add(
            .transmitterPower, ratio, sigma: evidence.monitorPower.sigma / reference.value, from: lower, to: upper)
        judged.add(.transmitterPowerLeast, evidence.leastPower / reference.value, from: lower, to: upper)
        judged.add(.transmitterPowerMost, evidence.mostPower / reference.value, from: lower, to: upper)
        let variance = evidence.referenceVariance.value
        judged.add(
            .modulationVariance, evidence.modulationVariance.value, sigma: evidence.modulationVariance.sigma,
            from: variance * lower, to: variance * upper)
        if evidence.referenceTrainingVariance > 0, evidence.trainingSamples >= 2 {
            let samples = Double(evidence.trainingSamples)
            let statistical = policy.boundSigmas * (2 / samples).squareRoot()
            let words = evidence.trainingVariance / evidence.referenceTrainingVariance
            judged.add(
                .trainingVariance, words, sigma: words * (2 / samples).squareRoot(), around: 1,
                within: policy.trainingTolerance + statistical)
        }
        judged.add(.clippedSamples, Double(evidence.clippedSamples), from: 0, to: Double(policy.clippedSamples))
        judged.add(.doubtfulFrames, Double(evidence.doubtfulFrames), from: 0, to: Double(policy.doubtfulFrames))
        judged.add(gaps: gaps, held: held, alarms: alarms, policy: policy)
        judged.add(.powerReadings, Double(evidence.powerReadings), from: Double(policy.powerReadings), to: .infinity)
        judged.add(.heldCells, Double(held), from: 2, to: .infinity)
        return judged.all
    }
}
