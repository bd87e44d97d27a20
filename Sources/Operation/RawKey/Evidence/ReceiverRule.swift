internal import RawKeyMessages

/// Rule version 1 for Bob's evidence: a function of the numbers that stand in his statement, and of nothing else.
///
/// No limit depends on a sample's value. A limit that allows for statistics takes the planned number of samples, or the
/// number that came if that is smaller.
enum ReceiverRule {
    /// One channel's share of the evidence.
    private struct Channel {
        var whole: SampleSums
        var half: SampleSums
        var dark: SampleSums
        var cells: [(sums: SampleSums, runs: UInt64)]
        var vacuum: Cvqkd_Rawkey_V1_Estimate
        var electronic: Cvqkd_Rawkey_V1_Estimate
        var mean: Double
        var isX: Bool
        var runs: UInt64
        var halfRuns: UInt64
    }

    /// Judges evidence.
    ///
    /// Throws `.impossibleSums`, and `.contradictsItself` if totals are not those of the cells.
    static func judge(
        _ evidence: Cvqkd_Rawkey_V1_ReceiverEvidence, held: Int, gaps: [Cvqkd_Rawkey_V1_GapCells], alarms: [String],
        policy: EvidencePolicy
    ) throws(EvidenceError) -> [Cvqkd_Rawkey_V1_JudgedQuantity] {
        let channels = try Self.channels(evidence)
        var judged = JudgedQuantities()
        let planned = Double(policy.plannedVacuumSamples) / Double(channels.count)
        for channel in channels { try judge(channel, planned: planned, evidence, policy, &judged) }
        let reference = evidence.localOscillatorReference
        let tolerance = policy.localOscillatorTolerance
        judged.add(
            .localOscillatorLeast, evidence.localOscillatorLeast / reference, sigma: 0, around: 1, within: tolerance)
        judged.add(
            .localOscillatorMost, evidence.localOscillatorMost / reference, sigma: 0, around: 1, within: tolerance)
        let clipped = channels.reduce(0.0) { $0 + Double($1.whole.clipped) + Double($1.dark.clipped) }
        judged.add(
            .clippedSamples, max(clipped, Double(evidence.clippedSamples)), from: 0, to: Double(policy.clippedSamples))
        judged.add(.doubtfulFrames, Double(evidence.doubtfulFrames), from: 0, to: Double(policy.doubtfulFrames))
        judged.add(gaps: gaps, held: held, alarms: alarms, policy: policy)
        let samples = channels.reduce(0.0) { $0 + Double($1.whole.samples) }
        judged.add(.vacuumSamples, samples, from: Double(policy.plannedVacuumSamples), to: .infinity)
        judged.add(.heldCells, Double(held), from: 2, to: .infinity)
        judged.add(
            .hiddenExcessNoise, try hiddenExcessNoise(evidence, deviations: policy.boundSigmas), from: 0,
            to: policy.hiddenExcessNoise)
        return judged.all
    }

    /// ξ at the channel's input that an error of V_on by so many σ hides (physics.md §2):
    /// k·(1+v_el)/(μ′ηT)·√(2/n), with n the samples of all channels, correlated ones counted by 1 + 2ρ₁².
    static func hiddenExcessNoise(
        _ evidence: Cvqkd_Rawkey_V1_ReceiverEvidence, deviations: Double
    ) throws(EvidenceError) -> Double {
        let channels = try Self.channels(evidence)
        var (independent, vacuum, electronic) = (0.0, 0.0, 0.0)
        for channel in channels {
            let statistics = SampleStatistics(channel.whole, runs: channel.runs)
            independent += statistics.samples / statistics.correlationFactor
            vacuum += statistics.variance
            electronic += channel.electronic.value
        }
        let share = channels.count == 1 ? 1 : 0.5
        // 1 + v_el = V_on/(V_on − V_off)
        let leverage = vacuum / (vacuum - electronic) / (share * evidence.detectorEfficiency * evidence.transmittance)
        // An efficiency above 1 would make every bound good enough.
        guard evidence.detectorEfficiency > 0, evidence.detectorEfficiency <= 1, evidence.transmittance > 0,
            evidence.transmittance <= 1, vacuum > electronic
        else { return .nan }
        return deviations * leverage * (2 / independent).squareRoot()
    }

    private static func judge(
        _ channel: Channel, planned: Double, _ evidence: Cvqkd_Rawkey_V1_ReceiverEvidence, _ policy: EvidencePolicy,
        _ judged: inout JudgedQuantities
    ) throws(EvidenceError) {
        func name(_ x: EvidenceQuantity, _ p: EvidenceQuantity) -> EvidenceQuantity { channel.isX ? x : p }
        let found = SampleStatistics(channel.whole, runs: channel.runs)
        let samples = min(planned, found.samples)
        let bound = policy.boundSigmas
        let (reference, off) = (channel.vacuum.value, channel.electronic.value)
        let statistical = hypotenuse(
            bound * (2 / samples).squareRoot(), policy.calibrationSigmas * channel.vacuum.sigma / reference)
        judged.add(
            name(.vacuumVarianceX, .vacuumVarianceP), found.variance, sigma: found.varianceSigma, around: reference,
            within: reference * (policy.vacuumTolerance + statistical))

        let perPower =
            (found.variance - off) / evidence.localOscillatorMean
            / ((reference - off) / evidence.localOscillatorReference)
        judged.add(
            name(.shotNoisePerPowerX, .shotNoisePerPowerP), perPower,
            sigma: perPower * found.varianceSigma / (found.variance - off), around: 1,
            within: policy.perPowerTolerance + reference / (reference - off) * statistical)

        try judgeDrift(channel, found, policy, &judged, name(.driftX, .driftP), name(.changePointX, .changePointP))
        let deviation = reference.squareRoot()
        judged.add(
            name(.meanX, .meanP), (found.mean - channel.mean) / deviation,
            sigma: (found.variance / found.samples).squareRoot() / deviation, around: 0,
            within: policy.meanTolerance + bound / samples.squareRoot())
        judged.add(
            name(.kurtosisX, .kurtosisP), found.kurtosis, sigma: (24 / found.samples).squareRoot(), around: 3,
            within: policy.kurtosisTolerance + bound * (24 / samples).squareRoot())
        judged.add(
            name(.correlationX, .correlationP), found.correlation, sigma: 1 / found.samples.squareRoot(), around: 0,
            within: policy.correlationTolerance + bound / samples.squareRoot())
        guard channel.dark.samples >= 2 else { return }
        let dark = SampleStatistics(channel.dark, runs: 0)
        let allowance = hypotenuse(
            bound * (2 / dark.samples).squareRoot(), policy.calibrationSigmas * channel.electronic.sigma / off)
        judged.add(
            name(.electronicVarianceX, .electronicVarianceP), dark.variance,
            sigma: dark.variance * (2 / dark.samples).squareRoot(), around: off,
            within: off * (policy.electronicTolerance + allowance))
    }

    /// A part of a window has to have so many samples before it is compared with another.
    static let leastSamples: UInt64 = 1_000

    private static func judgeDrift(
        _ channel: Channel, _ whole: SampleStatistics, _ policy: EvidencePolicy, _ judged: inout JudgedQuantities,
        _ drift: EvidenceQuantity, _ changePoint: EvidenceQuantity
    ) throws(EvidenceError) {
        let rest = try channel.whole.without(channel.half, field: "first_half")
        let first = SampleStatistics(channel.half, runs: channel.halfRuns)
        let second = SampleStatistics(rest, runs: channel.runs - channel.halfRuns)
        let inverse = 2 / first.samples + 2 / second.samples
        judged.add(
            drift, first.variance / second.variance - 1,
            sigma: (whole.correlationFactor * inverse).squareRoot(), around: 0,
            within: policy.driftTolerance + policy.boundSigmas * inverse.squareRoot())

        var (before, greatest) = (SampleSums(), 0.0)
        for cell in channel.cells.dropLast() {
            try before.add(cell.sums, field: "cells")
            let behind = try channel.whole.without(before, field: "cells")
            guard before.samples >= leastSamples, behind.samples >= leastSamples else { continue }
            let (a, b) = (SampleStatistics(before, runs: 0), SampleStatistics(behind, runs: 0))
            let step = abs(a.variance / b.variance - 1) - policy.driftTolerance
            let significance = step / (2 / a.samples + 2 / b.samples).squareRoot()
            // Not a number, from a variance of 0, has to stay one.
            greatest = significance <= greatest ? greatest : significance
        }
        judged.add(changePoint, greatest, from: 0, to: policy.boundSigmas)
    }

    private static func channels(
        _ evidence: Cvqkd_Rawkey_V1_ReceiverEvidence
    ) throws(EvidenceError) -> [Channel] {
        let isPair = evidence.hasVacuumP
        var channels = [
            try channel(evidence, isX: true, evidence.vacuumX, evidence.firstHalfX, evidence.darkX)
        ]
        if isPair {
            channels.append(try channel(evidence, isX: false, evidence.vacuumP, evidence.firstHalfP, evidence.darkP))
        }
        guard isPair || !evidence.cells.contains(where: \.hasP) else { throw .contradictsItself(field: "vacuum_p") }
        return channels
    }

    private static func channel(
        _ evidence: Cvqkd_Rawkey_V1_ReceiverEvidence, isX: Bool, _ whole: Cvqkd_Rawkey_V1_PowerSums,
        _ half: Cvqkd_Rawkey_V1_PowerSums, _ dark: Cvqkd_Rawkey_V1_PowerSums
    ) throws(EvidenceError) -> Channel {
        let suffix = isX ? "_x" : "_p"
        var channel = Channel(
            whole: try SampleSums(whole, field: "vacuum" + suffix),
            half: try SampleSums(half, field: "first_half" + suffix),
            dark: try SampleSums(dark, field: "dark" + suffix), cells: [],
            vacuum: isX ? evidence.referenceVacuumX : evidence.referenceVacuumP,
            electronic: isX ? evidence.electronicVarianceX : evidence.electronicVarianceP,
            mean: isX ? evidence.referenceMeanX : evidence.referenceMeanP, isX: isX, runs: 0, halfRuns: 0)
        var (sum, half) = (SampleSums(), SampleSums())
        for (index, cell) in evidence.cells.enumerated() {
            let sums = try SampleSums(isX ? cell.x : cell.p, field: "cells.vacuum" + suffix)
            guard UInt64(cell.runs) <= sums.samples else { throw .contradictsItself(field: "cells.runs") }
            channel.cells.append((sums, UInt64(cell.runs)))
            try sum.add(sums, field: "cells")
            channel.runs += UInt64(cell.runs)
            guard index < evidence.cells.count / 2 else { continue }
            half = sum
            channel.halfRuns = channel.runs
        }
        guard sum == channel.whole else { throw .contradictsItself(field: "vacuum" + suffix) }
        guard half == channel.half else { throw .contradictsItself(field: "first_half" + suffix) }
        return channel
    }
}
